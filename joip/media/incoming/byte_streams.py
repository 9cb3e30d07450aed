"""Reads and copies parts of files with little memory, however large the parts are."""

import zlib
from typing import BinaryIO

from joip.media.incoming.bad_file import CutOff

BLOCK_BYTES = 2**16


def take(source: BinaryIO, size: int) -> bytes:
    """The next `size` bytes. For small parts: they are held in memory."""
    taken = source.read(size)
    if len(taken) < size:
        raise CutOff
    return taken


def copy_part(source: BinaryIO, target: BinaryIO, size: int, checksum: int = 0) -> int:
    """Copies the next `size` bytes, and returns their CRC-32, continued from `checksum`."""
    while size:
        block = take(source, min(size, BLOCK_BYTES))
        target.write(block)
        checksum = zlib.crc32(block, checksum)
        size -= len(block)
    return checksum


def skip(source: BinaryIO, size: int) -> None:
    if size:
        source.seek(size - 1, 1)
        take(source, 1)  # seeking alone does not notice the end of the file


def size_of(source: BinaryIO) -> int:
    """The size of the file; the position stays."""
    position = source.tell()
    size = source.seek(0, 2)
    source.seek(position)
    return size
