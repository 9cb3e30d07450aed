"""Decodes pictures within bounds, to be sure that they can be shown, and makes them small."""

import errno
import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageSequence, PngImagePlugin

from joip.media.incoming import gif, jpeg, png, webp
from joip.media.incoming.bad_file import BadFile, CutOff, Damaged
from joip.media.incoming.colors import to_srgb
from joip.media.incoming.headers import PictureHeader
from joip.media.incoming.incoming_file import IncomingFile
from joip.media.incoming.orientation import TURNS, turned
from joip.media.incoming.renditions import write_renditions
from joip.media.renditions import LARGE_SIDE

KINDS = {
    "jpeg": ("JPEG", "image/jpeg", jpeg.strip),
    "png": ("PNG", "image/png", png.strip),
    "gif": ("GIF", "image/gif", gif.strip),
    "webp": ("WebP", "image/webp", webp.strip),
}

# What a picture may take to decode; with Python and the libraries it stays under 250 MB.
MAX_DECODING_BYTES = 160 * 10**6
MAX_PIXELS = 300 * 10**6  # a JPEG takes little memory, but time; phones make 200 megapixels
MAX_ANIMATION_PIXELS = 500 * 10**6  # of all frames together, which takes 10 to 30 seconds
MAX_PILLOW_WEBP_PIXELS = 4 * 10**6  # Pillow takes 18 bytes a pixel, FFmpeg 2 to 8
WHOLE_FILES = 1  # how often FFmpeg holds a WebP itself
STRIP_PIXELS = 2**19  # a strip is held several times over while it is converted
JPEG_END = b"\xff\xd9"
DECODED_BYTES_PER_PIXEL = 4
FILLERS = [b"\x00\x5a\xa5\x37" * 64, b"\x9d\xe2\x00\x71" * 64]

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    struct.error,
    zlib.error,
)


def use_own_limits() -> None:
    """Pillow's are for the whole process: too low for ICC profiles, and of no use for memory."""
    Image.MAX_IMAGE_PIXELS = None
    PngImagePlugin.MAX_TEXT_CHUNK = 2**23


def check_size(name: str, header: PictureHeader, file_bytes: int = 0) -> None:
    """`file_bytes`: what of the file itself is held in memory."""
    pixels = header.width * header.height
    limit = min(MAX_PIXELS, (MAX_DECODING_BYTES - file_bytes) / header.bytes_per_pixel)
    if pixels > limit:
        raise BadFile(
            f"The {name} has {pixels / 10**6:.3g} megapixels. "
            f"One of this kind may have {limit / 10**6:.3g} at most. Make it smaller."
        )
    if header.frames > 1 and pixels * header.frames > MAX_ANIMATION_PIXELS:
        raise BadFile(
            f"The {name} has {pixels * header.frames / 10**6:.3g} megapixels in all its frames. "
            f"An animation may have {MAX_ANIMATION_PIXELS // 10**6} at most. "
            "Make it smaller or shorter, or send it as a video."
        )


def shown_picture(path: Path, picture_format: str, header: PictureHeader) -> Image.Image:
    """The picture, or the first frame, upright, in sRGB, and reduced to what renditions need.

    Every frame is decoded.
    """
    with Image.open(path, formats=[picture_format]) as picture:
        # Only for a JPEG: it is decoded in a smaller size.
        longest = max(picture.size)
        scaled = [-(-side * LARGE_SIDE // longest) for side in picture.size]
        picture.draft(None, (scaled[0], scaled[1]))
        picture.load()
        profile = picture.info.get("icc_profile")
        shown = reduced(picture)
        if header.frames > 1:
            for frame in ImageSequence.Iterator(picture):
                frame.load()
    return to_srgb(upright(shown, header.orientation), profile)


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def reduced(picture: Image.Image) -> Image.Image:
    """In a mode that can be scaled, and by a whole number as small as the large rendition allows.

    By strips, so that the picture is never held twice.
    """
    factor = max(1, max(picture.size) // LARGE_SIDE)
    mode = scalable_mode(picture)
    whole = Image.new(mode, [-(-side // factor) for side in picture.size])
    for top, strip in strips(picture, factor):
        whole.paste(scalable(strip, mode).reduce(factor), (0, top // factor))
    return whole


def strips(picture: Image.Image, factor: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """Each with a multiple of `factor` rows, and where it begins."""
    rows = factor * max(1, STRIP_PIXELS // (picture.width * factor))
    for top in range(0, picture.height, rows):
        bottom = min(top + rows, picture.height)
        yield top, picture.crop((0, top, picture.width, bottom))


def scalable_mode(picture: Image.Image) -> str:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        return "RGBA"
    return {"CMYK": "CMYK", "L": "L", "1": "L", "I;16": "L"}.get(picture.mode, "RGB")


def scalable(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode == "I;16":  # convert() would make everything above 255 white
        transparent = picture.info.pop("transparency", None)
        picture = picture.convert("I").point([value >> 8 for value in range(2**16)], "L")
        if transparent is not None:
            picture.info["transparency"] = transparent >> 8
    return picture.convert(mode)


def is_whole_jpeg(path: Path, header: PictureHeader) -> bool:
    """Whether a JPEG that lacked its end marker has all its pixels.

    Decoders make up what is missing from what follows; so it is decoded with two endings.
    """
    end = path.stat().st_size - len(JPEG_END)
    try:
        seen = {digest_with_ending(path, end, filler, header) for filler in FILLERS}
    finally:
        with path.open("r+b") as file:
            file.truncate(end)
            file.seek(end)
            file.write(JPEG_END)
    return len(seen) == 1


def digest_with_ending(path: Path, end: int, filler: bytes, header: PictureHeader) -> bytes:
    with path.open("r+b") as file:
        file.seek(end)
        file.write(filler + JPEG_END)
    digest = hashlib.sha256()
    with Image.open(path, formats=["JPEG"]) as picture:
        each = header.bytes_per_pixel + DECODED_BYTES_PER_PIXEL
        if header.width * header.height * each > MAX_DECODING_BYTES:
            picture.draft(None, (header.width // 8 or 1, header.height // 8 or 1))
        for _, strip in strips(picture):
            digest.update(strip.tobytes())
    return digest.digest()


def decode(path: Path, name: str, header: PictureHeader) -> Image.Image:
    """The libraries' many errors become words of our own."""
    try:
        if not header.is_ended and name == "JPEG" and not is_whole_jpeg(path, header):
            raise CutOff("The JPEG")
        is_large = header.width * header.height > MAX_PILLOW_WEBP_PIXELS
        if name == "WebP" and header.frames == 1 and is_large:
            return large_webp(path, header)
        return shown_picture(path, name.upper(), header)
    except BadFile:
        raise
    except DECODING_ERRORS as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM):
            raise
        if "truncated" in str(error):
            raise CutOff(f"The {name}") from error
        raise Damaged(f"The {name}") from error


def large_webp(path: Path, header: PictureHeader) -> Image.Image:
    from joip.media.incoming.frames import webp_picture  # FFmpeg takes 0.1 s to load

    return to_srgb(upright(webp_picture(path), header.orientation), header.profile)


def read_picture(source: Path, kind: str, folder: Path) -> IncomingFile:
    name, content_type, strip = KINDS[kind]
    stored = folder / f"stored.{kind}"
    with source.open("rb") as original, stored.open("w+b") as copy:
        header = strip(original, copy)
    held = WHOLE_FILES * stored.stat().st_size if kind == "webp" else 0
    check_size(name, header, held)
    shown = decode(stored, name, header)
    width, height = turned((header.width, header.height), header.orientation)
    small, large, placeholder = write_renditions(shown, max(width, height), folder)
    size = stored.stat().st_size
    return IncomingFile(stored, content_type, size, width, height, None, placeholder, small, large)
