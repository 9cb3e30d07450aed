"""The outermost structure of the MP4 family (ISO base media): MP4, QuickTime, HEIC, AVIF, CR3."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from joip.media.incoming.bad_file import BadFile, CutOff
from joip.media.incoming.byte_streams import size_of

# With what a file may begin; old QuickTime files do not say what they are.
FIRST = {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"wide", b"free", b"skip", b"pnot", b"sidx"}
FIRST |= {b"uuid", b"meta"}
HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
AVIF = {b"avif", b"avis"}
RAW = {b"crx "}
MAX_BRANDS_BYTES = 1024
MAX_BOXES = 100_000  # a fragmented video of hours has thousands


def kind_of(source: BinaryIO) -> str:
    """`heic` or `mp4`. The boxes must lie within the file."""
    brands: list[bytes] = []
    found: set[bytes] = set()
    try:
        for kind, start, size in outer_boxes(source):
            if kind == b"ftyp" and not brands:
                source.seek(start)
                brands = split_brands(source.read(min(size, MAX_BRANDS_BYTES)))
            found.add(kind)
    except CutOff:
        is_video = not {*brands[:1]} & (HEIF | AVIF)
        raise CutOff("The video" if is_video else "The picture") from None
    if RAW & {*brands}:
        raise BadFile(
            "A camera raw picture (CR3): there is no video in it, and browsers do not show it. "
            "Export it as a JPEG."
        )
    if b"moov" not in found or {*brands[:1]} & (HEIF | AVIF):
        return picture_kind(brands, has_pictures=b"meta" in found)
    return "mp4"


def picture_kind(brands: list[bytes], *, has_pictures: bool) -> str:
    if has_pictures and AVIF & {*brands}:
        raise BadFile("An AVIF picture is not accepted. Export it as a JPEG or PNG.")
    if has_pictures and HEIF & {*brands}:
        return "heic"
    raise BadFile("There is no video in it that can be played. Export it as an MP4 with H.264.")


def split_brands(content: bytes) -> list[bytes]:
    """The major brand, then those it is compatible with."""
    return [content[:4], *(content[at : at + 4] for at in range(8, len(content), 4))]


def outer_boxes(source: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and size of each box's content. Ends at what is no box: some cameras leave
    their own data behind the last one.
    """
    total, position, found = size_of(source), 0, 0
    while total - position >= 8 and found < MAX_BOXES:
        source.seek(position)
        size, kind = struct.unpack(">I4s", source.read(8))
        header = 8
        if size == 1:
            header = 16
            size = int.from_bytes(source.read(8), "big")
        elif size == 0:  # as far as the file goes
            size = total - position
        if size < header or not is_kind(kind):
            return
        if position + size > total:
            raise CutOff
        yield kind, position + header, size - header
        position += size
        found += 1


def is_kind(kind: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind)
