"""Turns HEIC into JPEG, which all browsers show: upright, same size, colour profile kept."""

from pathlib import Path

import pillow_heif
from PIL import Image

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.headers import PictureHeader
from joip.media.incoming.pictures import check_size

QUALITY = 90
STRIP_ROWS = 64
BYTES_PER_PIXEL = 5.2  # libheif's planes and the colours it makes of them

pillow_heif.options.DECODE_THREADS = 1  # each thread would take memory of its own
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


def to_jpeg(source: Path, target: Path) -> None:
    try:
        heic = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
    except Exception as error:  # libheif's messages mean nothing to who sent the file
        raise unreadable() from error
    check_size("HEIC", PictureHeader(heic.size[0], heic.size[1], BYTES_PER_PIXEL))
    pixels = target.with_suffix(".pixels")
    try:
        pixels.write_bytes(heic.data)
        mode, size, stride = heic.mode, heic.size, heic.stride
        profile = heic.info.get("icc_profile")
    except OSError:
        raise
    except Exception as error:
        raise unreadable() from error
    del heic  # the pixels are in memory once: here, or in the picture below
    picture = read_pixels(pixels, mode, size, stride)
    pixels.unlink()
    picture.save(target, "JPEG", quality=QUALITY, icc_profile=profile)


def unreadable() -> BadFile:
    return BadFile("The HEIC picture cannot be read. Export it as a JPEG.")


def read_pixels(path: Path, mode: str, size: tuple[int, int], stride: int) -> Image.Image:
    """Transparent parts become white: a JPEG has none."""
    width, height = size
    picture = Image.new("L" if mode == "L" else "RGB", size, "white")
    with path.open("rb") as file:
        for top in range(0, height, STRIP_ROWS):
            rows = min(STRIP_ROWS, height - top)
            content = file.read(stride * rows)
            strip = Image.frombytes(mode, (width, rows), content, "raw", mode, stride)
            picture.paste(strip, (0, top), strip if mode == "RGBA" else None)
    return picture
