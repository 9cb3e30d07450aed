"""The outermost structure of WebM and Matroska (EBML)."""

from typing import BinaryIO

from joip.media.incoming.bad_file import BadFile, CutOff, Damaged
from joip.media.incoming.byte_streams import size_of, skip, take

SIGNATURE = b"\x1a\x45\xdf\xa3"
DOCTYPE, SEGMENT, CLUSTER = 0x4282, 0x18538067, 0x1F43B675
DOCTYPES = {b"webm", b"matroska"}
MAX_HEADER_BYTES = 4096


def check(source: BinaryIO) -> None:
    """Refuses what is neither, and what is cut off."""
    source.seek(0)
    _, size = read_element(source)
    if size is None or size > MAX_HEADER_BYTES:
        raise Damaged("The video")
    if doctype(source, source.tell() + size) not in DOCTYPES:
        raise BadFile("This is neither WebM nor Matroska. Export it as an MP4 with H.264.")
    source.seek(0)
    try:
        walk(source, size_of(source))
    except CutOff:
        raise CutOff("The video") from None


def doctype(source: BinaryIO, end: int) -> bytes:
    found = b""
    while source.tell() < end:
        kind, size = read_element(source)
        content = take(source, min(size or 0, MAX_HEADER_BYTES))
        if kind == DOCTYPE:
            found = content.rstrip(b"\0")  # strings may be padded
    return found


def walk(source: BinaryIO, total: int) -> None:
    """Elements must lie within the file. Those that live recordings leave open hold the next."""
    while source.tell() < total:
        kind, size = read_element(source)
        if size is not None and source.tell() + size > total:
            raise CutOff
        if size is None and kind not in (SEGMENT, CLUSTER):
            raise Damaged("The video")
        if kind == SEGMENT and size is not None:
            total = source.tell() + size  # what follows it is not read by players
        elif size is not None:
            skip(source, size)


def read_element(source: BinaryIO) -> tuple[int, int | None]:
    """The id and the size of the next element; None where the size is left open."""
    kind, _ = read_number(source)
    length_and_size, bits = read_number(source)
    size = length_and_size & ((1 << bits) - 1)
    return kind, None if size == (1 << bits) - 1 else size


def read_number(source: BinaryIO) -> tuple[int, int]:
    """A number with the bit that tells its length, and how many bits are below that one."""
    first = take(source, 1)
    length = 9 - first[0].bit_length()
    if length > 8:
        raise Damaged("The video")
    return int.from_bytes(first + take(source, length - 1), "big"), 7 * length
