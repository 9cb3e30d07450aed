"""Copies the chunks of a PNG that draw it, and leaves the others."""

import struct
import zlib
from typing import BinaryIO

from joip.media.incoming.bad_file import CutOff, Damaged
from joip.media.incoming.byte_streams import copy_part, skip, take
from joip.media.incoming.headers import PictureHeader
from joip.media.incoming.orientation import UPRIGHT, exif_with, orientation_in

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = {b"PLTE", b"IDAT"}
FRAMES = {b"fcTL", b"fdAT"}
# Browsers read these where they stand before the pixels, and the first of each kind.
BEFORE_PIXELS = {b"acTL", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT"}
BEFORE_PIXELS |= {b"mDCV", b"cLLI"}  # the brightness of an HDR picture
EXIF = b"eXIf"
SIZES = {b"acTL": 8, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
LEAST_TRANSPARENCY_BYTES = {0: 2, 2: 6, 3: 1}  # by colour type; the others have an alpha channel
MAX_SMALL_BYTES = 2**23  # of a chunk read at once; large ICC profiles have a few megabytes

DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
BYTES_PER_PIXEL = {0: 1, 2: 4, 3: 1, 4: 4, 6: 4}  # what Pillow takes, by colour type
GREY_16_BYTES_PER_PIXEL = 2
# An animation takes a canvas, the canvas before, a frame and their conversions.
ANIMATION_BYTES_PER_PIXEL = 20


def strip(source: BinaryIO, target: BinaryIO) -> PictureHeader:
    """The chunks stay as they are. A PNG may lack its end (IEND), but none of its pixels."""
    source.seek(len(SIGNATURE))
    target.write(SIGNATURE)
    header = read_header(source, target)
    seen: set[bytes] = set()
    frames = 0
    while start := source.read(8):
        if len(start) < 8:
            break
        size, kind = struct.unpack(">I4s", start)
        if kind == b"IEND":
            break
        if kind in PIXELS or (kind in FRAMES and b"acTL" in seen):
            copy_chunk(source, target, size, kind)
            frames += kind == b"fcTL"
        elif kind not in FRAMES and not kind[0] & 0x20:
            raise Damaged("The PNG")  # browsers refuse critical chunks that they do not know
        elif kind == EXIF or (kind in BEFORE_PIXELS and b"IDAT" not in seen):
            content = small_chunk(source, size, kind)
            if content and kind not in seen and is_readable(kind, content, header):
                header = write_small(target, kind, content, header)
        elif not is_skipped(source, size + 4):
            break
        seen.add(kind)
    if b"IDAT" not in seen:
        raise CutOff("The PNG")
    write_chunk(target, b"IEND", b"")
    if b"acTL" in seen:
        header = header._replace(bytes_per_pixel=ANIMATION_BYTES_PER_PIXEL)
    return header._replace(frames=max(frames, 1))


def read_header(source: BinaryIO, target: BinaryIO) -> PictureHeader:
    size, kind = struct.unpack(">I4s", take(source, 8))
    if (size, kind) != (13, b"IHDR"):
        raise Damaged("The PNG")
    content = take(source, size)
    width, height, depth, color_type = struct.unpack(">IIBB", content[:10])
    is_right = int.from_bytes(take(source, 4), "big") == zlib.crc32(kind + content)
    if not (is_right and width and height and depth in DEPTHS.get(color_type, ())):
        raise Damaged("The PNG")
    write_chunk(target, kind, content)
    is_grey_16 = (depth, color_type) == (16, 0)
    each = GREY_16_BYTES_PER_PIXEL if is_grey_16 else BYTES_PER_PIXEL[color_type]
    return PictureHeader(width, height, each, color_type=color_type)


def is_readable(kind: bytes, content: bytes, header: PictureHeader) -> bool:
    """Browsers pass over a chunk that is not as the format says; Pillow would refuse the file."""
    if kind == b"tRNS":
        return len(content) >= LEAST_TRANSPARENCY_BYTES.get(header.color_type, len(content) + 1)
    if kind == b"iCCP":
        return content.partition(b"\0")[2][:1] == b"\0"  # the only method of compression
    return len(content) == SIZES.get(kind, len(content))


def copy_chunk(source: BinaryIO, target: BinaryIO, size: int, kind: bytes) -> None:
    target.write(struct.pack(">I4s", size, kind))
    checksum = copy_part(source, target, size, zlib.crc32(kind))
    if int.from_bytes(take(source, 4), "big") != checksum:
        raise Damaged("The PNG")
    target.write(checksum.to_bytes(4, "big"))


def small_chunk(source: BinaryIO, size: int, kind: bytes) -> bytes | None:
    """Its content; nothing where browsers ignore it, for its CRC is wrong."""
    if size > MAX_SMALL_BYTES:
        skip(source, size + 4)
        return None
    content, checksum = take(source, size), take(source, 4)
    return content if int.from_bytes(checksum, "big") == zlib.crc32(kind + content) else None


def write_small(
    target: BinaryIO, kind: bytes, content: bytes, header: PictureHeader
) -> PictureHeader:
    if kind == EXIF:
        header = header._replace(orientation=orientation_in(content))
        content = exif_with(header.orientation)
    if kind != EXIF or header.orientation != UPRIGHT:
        write_chunk(target, kind, content)
    return header


def write_chunk(target: BinaryIO, kind: bytes, content: bytes) -> None:
    checksum = zlib.crc32(kind + content)
    target.write(struct.pack(">I4s", len(content), kind) + content)
    target.write(checksum.to_bytes(4, "big"))


def is_skipped(source: BinaryIO, size: int) -> bool:
    """False where the file ends before: what is left out need not be whole."""
    try:
        skip(source, size)
    except CutOff:
        return False
    return True
