"""Copies the chunks of a WebP that draw it, and leaves the others."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from joip.media.incoming.bad_file import CutOff, Damaged
from joip.media.incoming.byte_streams import copy_part, skip, take
from joip.media.incoming.headers import PictureHeader
from joip.media.incoming.orientation import UPRIGHT, exif_with, orientation_in

LOSSY, LOSSLESS, ALPHA = b"VP8 ", b"VP8L", b"ALPH"
EXTENDED, ICC, ANIMATION, FRAME, EXIF = b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"EXIF"
HAS_ICC, HAS_ALPHA, HAS_EXIF, IS_ANIMATED = 0x20, 0x10, 0x08, 0x02
MAX_EXIF_BYTES = 2**20
MAX_PROFILE_BYTES = 2**23
FRAME_HEADER_BYTES = 16
DIMENSIONS_BYTES = 10  # of a bitstream, until its dimensions are read

# FFmpeg decodes still pictures: planes of brightness and colour, or four channels.
LOSSY_BYTES_PER_PIXEL = 2
LOSSLESS_BYTES_PER_PIXEL = 4.5
LOSSY_ALPHA_BYTES_PER_PIXEL = 6.5
ANIMATION_BYTES_PER_PIXEL = 20  # libwebp keeps two canvases, Pillow a copy and an image


def strip(source: BinaryIO, target: BinaryIO) -> PictureHeader:
    source.seek(0)
    (size,) = struct.unpack("<4xI4x", take(source, 12))
    target.write(b"RIFF\0\0\0\0WEBP")
    copy = WebpCopy(source, target)
    try:
        for kind, chunk_size in chunks(source, 8 + size):
            copy.chunk(kind, chunk_size)
    except CutOff:
        raise CutOff("The WebP") from None
    return copy.finish()


def chunks(source: BinaryIO, end: int) -> Iterator[tuple[bytes, int]]:
    """Whatever is read of a chunk, the next one follows its end."""
    while (start := source.tell()) + 8 <= end:
        kind, size = struct.unpack("<4sI", take(source, 8))
        yield kind, size
        source.seek(start + 8 + size + size % 2)


class WebpCopy:
    """The chunks copied so far, and what they said."""

    def __init__(self, source: BinaryIO, target: BinaryIO):
        self.source, self.target = source, target
        self.flags: int | None = None  # of an extended WebP
        self.canvas = self.drawn = (0, 0)
        self.copied: list[bytes] = []
        self.profile = b""
        self.orientation = UPRIGHT

    @property
    def is_animated(self) -> bool:
        return bool((self.flags or 0) & IS_ANIMATED)

    def chunk(self, kind: bytes, size: int) -> None:
        is_still = not self.is_animated and not {LOSSY, LOSSLESS} & {*self.copied}
        if kind == EXTENDED and not self.copied:
            self.read_canvas(size)
        elif kind == FRAME and self.is_animated:
            self.copy_frame(size)
        elif kind in (LOSSY, LOSSLESS) and is_still:
            self.drawn = self.dimensions(kind)
            self.copy(kind, size)
        elif self.flags is not None and kind not in self.copied:
            if (kind == ALPHA and is_still) or (kind == ANIMATION and self.is_animated):
                self.copy(kind, size)
            elif kind == ICC and size <= MAX_PROFILE_BYTES:
                self.profile = take(self.source, size)
                self.source.seek(-size, 1)
                self.copy(kind, size)
            elif kind == EXIF and size <= MAX_EXIF_BYTES:
                exif = take(self.source, size).removeprefix(b"Exif\0\0")
                self.orientation = orientation_in(exif)
                self.copied.append(EXIF)
            else:
                skip(self.source, size)
        else:
            skip(self.source, size)

    def read_canvas(self, size: int) -> None:
        content = take(self.source, size)
        if size < 10:
            raise Damaged("The WebP")
        self.flags = content[0] & (HAS_ICC | HAS_ALPHA | IS_ANIMATED)
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (4, 7))
        self.canvas = width, height
        self.write(EXTENDED, bytes([self.flags]) + b"\0\0\0" + content[4:10])
        self.copied.append(EXTENDED)

    def dimensions(self, kind: bytes) -> tuple[int, int]:
        start = take(self.source, DIMENSIONS_BYTES)
        self.source.seek(-DIMENSIONS_BYTES, 1)
        if kind == LOSSY:
            width, height = struct.unpack("<HH", start[6:])
            return width & 0x3FFF, height & 0x3FFF
        bits = int.from_bytes(start[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1

    def copy(self, kind: bytes, size: int) -> None:
        self.target.write(struct.pack("<4sI", kind, size))
        copy_part(self.source, self.target, size)
        self.target.write(b"\0" * (size % 2))
        self.copied.append(kind)

    def copy_frame(self, size: int) -> None:
        end = self.source.tell() + size
        start = self.target.tell()
        self.target.write(FRAME + b"\0\0\0\0" + take(self.source, FRAME_HEADER_BYTES))
        for kind, inner_size in chunks(self.source, end):
            if kind in (LOSSY, LOSSLESS, ALPHA):
                self.copy(kind, inner_size)
            else:
                skip(self.source, inner_size)
        self.write_size(start)
        self.copied.append(FRAME)

    def write(self, kind: bytes, content: bytes) -> None:
        self.target.write(struct.pack("<4sI", kind, len(content)) + content)

    def write_size(self, start: int) -> None:
        """The size of the chunk that begins at `start` and ends here."""
        end = self.target.tell()
        self.target.seek(start + 4)
        self.target.write(struct.pack("<I", end - start - 8))
        self.target.seek(end)

    def finish(self) -> PictureHeader:
        frames = self.copied.count(FRAME)
        if not (frames if self.is_animated else {LOSSY, LOSSLESS} & {*self.copied}):
            raise Damaged("The WebP")
        if self.flags is not None and not self.is_animated and self.drawn != self.canvas:
            raise Damaged("The WebP")
        if self.flags is not None:
            self.write_flags(self.flags)
        self.write_size(0)
        width, height = self.canvas if self.is_animated else self.drawn
        return PictureHeader(
            width,
            height,
            self.bytes_per_pixel(),
            orientation=self.orientation,
            frames=max(frames, 1),
            profile=self.profile,
        )

    def write_flags(self, flags: int) -> None:
        if self.orientation != UPRIGHT:
            self.write(EXIF, exif_with(self.orientation))
            flags |= HAS_EXIF
        if ICC not in self.copied:
            flags &= ~HAS_ICC
        self.target.seek(20)
        self.target.write(bytes([flags]))
        self.target.seek(0, 2)

    def bytes_per_pixel(self) -> float:
        if self.is_animated:
            return ANIMATION_BYTES_PER_PIXEL
        if LOSSLESS in self.copied:
            return LOSSLESS_BYTES_PER_PIXEL
        return LOSSY_ALPHA_BYTES_PER_PIXEL if ALPHA in self.copied else LOSSY_BYTES_PER_PIXEL
