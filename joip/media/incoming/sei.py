"""Leaves out what encoders and cameras write into H.264 and HEVC beside the picture.

Such messages (SEI, "user data unregistered") may hold a drone's position or a camera's name, and
decoders do not need them. All other messages stay.
"""

import re

USER_DATA = 5
ESCAPED = re.compile(rb"\x00\x00\x03")
TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")
H264_SEI = {6}
HEVC_SEI = {39, 40}


class SeiFilter:
    """For packets in the form that MP4 and Matroska have: units with their lengths before them."""

    def __init__(self, codec: str, configuration: bytes | None):
        self.header_bytes = 2 if codec == "hevc" else 1
        self.length_bytes = 0  # the packets are of another form, and stay as they are
        at = {"h264": 4, "hevc": 21}.get(codec, 0)
        if configuration and configuration[0] == 1 and len(configuration) > at > 0:
            self.length_bytes = (configuration[at] & 3) + 1

    def without_user_data(self, packet: bytes) -> bytes:
        """The same packet where it has none."""
        if not self.length_bytes:
            return packet
        kept, position, is_changed = [], 0, False
        while position + self.length_bytes < len(packet):
            start = position + self.length_bytes
            end = start + int.from_bytes(packet[position:start], "big")
            unit = packet[start:end]
            if self.is_sei(unit):
                cleaned = self.clean(unit)
                is_changed |= cleaned != unit
                unit = cleaned
            if unit:
                kept.append(len(unit).to_bytes(self.length_bytes, "big") + unit)
            position = end
        return b"".join(kept) if is_changed and kept else packet

    def is_sei(self, unit: bytes) -> bool:
        if self.header_bytes == 2:
            return bool(unit) and unit[0] >> 1 & 0x3F in HEVC_SEI
        return bool(unit) and unit[0] & 0x1F in H264_SEI

    def clean(self, unit: bytes) -> bytes:
        """Without the messages that are user data; empty where no other message is left."""
        content = ESCAPED.sub(b"\0\0", unit[self.header_bytes :])
        position, kept, is_changed = 0, b"", False
        while position + 1 < len(content):
            start = position
            kind, position = number(content, position)
            size, position = number(content, position)
            position += size
            if kind == USER_DATA or position > len(content):
                is_changed = True
            else:
                kept += content[start:position]
        if not is_changed:
            return unit
        if not kept:
            return b""
        return unit[: self.header_bytes] + TO_ESCAPE.sub(b"\0\0\3", kept) + b"\x80"


def number(content: bytes, position: int) -> tuple[int, int]:
    """A number written as bytes of 255 and a rest, and where it ends."""
    value = 0
    for byte in content[position:]:
        position += 1
        value += byte
        if byte != 0xFF:
            break
    return value, position
