"""Copies the blocks of a GIF that draw and time it, and leaves the others."""

import struct
from typing import BinaryIO

from joip.media.incoming.bad_file import CutOff, Damaged
from joip.media.incoming.byte_streams import copy_part, take
from joip.media.incoming.headers import PictureHeader

EXTENSION, IMAGE, TRAILER = b"\x21", b"\x2c", b"\x3b"
CONTROL, PLAIN_TEXT, APPLICATION = b"\xf9", b"\x01", b"\xff"
LOOPS = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}

BYTES_PER_PIXEL = 5  # the palette's numbers, and the first frame's colours
# An animation takes a canvas, the canvas before, a frame and their conversions.
ANIMATION_BYTES_PER_PIXEL = 20


def strip(source: BinaryIO, target: BinaryIO) -> PictureHeader:
    source.seek(0)
    screen = take(source, 13)
    width, height, flags = struct.unpack("<HHB", screen[6:11])
    target.write(screen)
    copy_part(source, target, palette_size(flags))
    frames = 0
    control = b""  # how long the next image is shown; what stands between them goes
    while (block := source.read(1)) in (EXTENSION, IMAGE):
        if block == IMAGE:
            target.write(control)
            right, bottom = copy_image(source, target)
            width, height = max(width, right), max(height, bottom)
            frames += 1
            control = b""
        else:
            control = read_extension(source, target, control)
    if not frames:
        raise CutOff("The GIF") if not block else Damaged("The GIF")
    target.write(TRAILER)  # browsers show a GIF that lacks it
    each = ANIMATION_BYTES_PER_PIXEL if frames > 1 else BYTES_PER_PIXEL
    return PictureHeader(width, height, each, frames=frames, is_ended=block == TRAILER)


def palette_size(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def copy_image(source: BinaryIO, target: BinaryIO) -> tuple[int, int]:
    """Returns the right and lower edge of the image."""
    place = take(source, 9)
    left, top, width, height, flags = struct.unpack("<HHHHB", place)
    target.write(IMAGE + place)
    copy_part(source, target, palette_size(flags) + 1)
    while size := take(source, 1):
        target.write(size + take(source, size[0]))
        if size == b"\0":
            break
    return left + width, top + height


def read_extension(source: BinaryIO, target: BinaryIO, control: bytes) -> bytes:
    """Writes an extension that loops, and returns the one that controls the next image."""
    kind = take(source, 1)
    first = sub_block(source)
    second = sub_block(source) if first else b""
    rest = second
    while rest:
        rest = sub_block(source)
    if kind == CONTROL and len(first) == 4:
        return EXTENSION + kind + b"\4" + first + b"\0"
    if kind == PLAIN_TEXT:
        return b""  # the control was its own
    if kind == APPLICATION and first in LOOPS and len(second) == 3:
        target.write(EXTENSION + kind + b"\x0b" + first + b"\3" + second + b"\0")
    return control


def sub_block(source: BinaryIO) -> bytes:
    return take(source, take(source, 1)[0])
