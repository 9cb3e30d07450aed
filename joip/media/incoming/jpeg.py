"""Copies the segments of a JPEG that draw it, and leaves the others.

What follows the end marker goes: second pictures, gain maps, the videos of motion photos.
"""

import re
import struct
from typing import BinaryIO

from joip.media.incoming.bad_file import BadFile, CutOff, Damaged
from joip.media.incoming.byte_streams import BLOCK_BYTES, take
from joip.media.incoming.headers import PictureHeader
from joip.media.incoming.orientation import UPRIGHT, exif_with, orientation_in

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
TABLES = {0xC4, 0xDB, 0xDD}  # DHT, DQT, DRI
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
OTHER_FRAMES = {*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC}  # lossless, hierarchical, arithmetic
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
JFIF, EXIF, ICC, ADOBE = b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"

MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")  # one that restarts a scan is part of it
# Pillow decodes a large picture in an eighth to a half of its size.
DECODED_BYTES_PER_PIXEL = 0.3
COEFFICIENT_BYTES = 2  # held for the whole picture where it comes in several scans


def strip(source: BinaryIO, target: BinaryIO) -> PictureHeader:
    source.seek(2)
    target.write(bytes([0xFF, SOI]))
    copy = JpegCopy(source, target)
    try:
        while (marker := find_marker(source)) != EOI:
            copy.segment(marker, read_segment(source))
    except CutOff:
        if not copy.has_pixels or any(copy.missing.values()):
            raise CutOff("The JPEG") from None
        copy.is_ended = False  # browsers show it; whether the last scan is whole is seen later
    if not copy.has_pixels:
        raise Damaged("The JPEG")
    target.write(bytes([0xFF, EOI]))
    return PictureHeader(
        *copy.size,
        bytes_per_pixel=copy.bytes_per_pixel,
        orientation=copy.orientation or UPRIGHT,
        is_ended=copy.is_ended,
    )


class JpegCopy:
    """The segments copied so far, and what they said."""

    def __init__(self, source: BinaryIO, target: BinaryIO):
        self.source, self.target = source, target
        self.size = (0, 0)
        self.components = 0
        # Of each component, the coefficients that no scan has brought in full.
        self.missing: dict[int, set[int]] = {}
        self.bytes_per_pixel = DECODED_BYTES_PER_PIXEL
        self.coefficients_per_pixel = 0.0
        self.orientation: int | None = None
        self.has_jfif = self.has_pixels = False
        self.is_ended = True

    def segment(self, marker: int, content: bytes) -> None:
        if marker in (BASELINE, EXTENDED, PROGRESSIVE) and not self.components:
            self.read_frame(marker, content)
        elif marker in OTHER_FRAMES or marker in (SOI, BASELINE, EXTENDED, PROGRESSIVE):
            raise BadFile("This kind of JPEG is not shown by browsers. Export it as a plain JPEG.")
        elif marker == SOS:
            self.copy_scan(content)
        elif marker in TABLES or (marker == APP2 and content.startswith(ICC)):
            write_segment(self.target, marker, content)
        elif marker == APP14 and content.startswith(ADOBE):
            write_segment(self.target, marker, content[:12])
        elif marker == APP0 and content.startswith(JFIF) and not self.has_jfif:
            self.has_jfif = True
            write_segment(self.target, marker, content[:12].ljust(12, b"\0") + b"\0\0")
        elif marker == APP1 and content.startswith(EXIF) and self.orientation is None:
            self.orientation = orientation_in(content.removeprefix(EXIF))
            if self.orientation != UPRIGHT:
                write_segment(self.target, marker, EXIF + exif_with(self.orientation))

    def read_frame(self, marker: int, content: bytes) -> None:
        try:
            precision, height, width, self.components = struct.unpack_from(">BHHB", content)
            shapes = [divmod(content[7 + 3 * at], 16) for at in range(self.components)]
            widest, highest = (max(sides) for sides in zip(*shapes, strict=True))
            samples = sum(across * down for across, down in shapes)
            self.coefficients_per_pixel = samples / (widest * highest)
            self.missing = {content[6 + 3 * at]: {*range(64)} for at in range(self.components)}
        except (struct.error, IndexError, ValueError, ZeroDivisionError):
            raise Damaged("The JPEG") from None
        if precision != 8 or not width or not height:
            raise BadFile("This kind of JPEG is not shown by browsers. Export it as a plain JPEG.")
        self.size = width, height
        if marker == PROGRESSIVE:
            self.hold_coefficients()
        write_segment(self.target, marker, content)

    def copy_scan(self, content: bytes) -> None:
        if not self.components or len(content) < 4 or len(content) != 4 + 2 * content[0]:
            raise Damaged("The JPEG")
        if content[0] < self.components and not self.has_pixels:
            self.hold_coefficients()
        first, last, precision = content[-3:]
        if precision & 0xF == 0:
            for component in content[1:-3:2]:
                self.missing.get(component, set()).difference_update(range(first, last + 1))
        write_segment(self.target, SOS, content)
        self.has_pixels = True
        find_marker(self.source, self.target)
        self.source.seek(-2, 1)

    def hold_coefficients(self) -> None:
        held = COEFFICIENT_BYTES * self.coefficients_per_pixel
        self.bytes_per_pixel = DECODED_BYTES_PER_PIXEL + held


def find_marker(source: BinaryIO, target: BinaryIO | None = None) -> int:
    """The next marker. What stands before it is copied, or passed over as decoders do."""
    held = b""
    while block := source.read(BLOCK_BYTES):
        block = held + block
        found = MARKER.search(block)
        end = found.start() if found else len(block) - block.endswith(b"\xff")
        if target:
            target.write(block[:end])
        if found:
            source.seek(found.end() - len(block), 1)
            return block[found.end() - 1]
        held = block[end:]
    raise CutOff


def read_segment(source: BinaryIO) -> bytes:
    (size,) = struct.unpack(">H", take(source, 2))
    if size < 2:
        raise Damaged("The JPEG")
    return take(source, size - 2)


def write_segment(target: BinaryIO, marker: int, content: bytes) -> None:
    target.write(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content)
