"""The smaller pictures that stand for a slide: WebP, upright, sRGB, without metadata."""

import base64
import io
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from joip.media.renditions import LARGE_SIDE, SMALL_SIDE, fitted_size

LARGE_QUALITY = 80

SMALL_BYTES = 30_000  # about 25 kB; a page of a library shows fifty
SMALL_QUALITIES = [80, 65, 50, 35, 20, 5]

# A `data:` address of under 250 bytes stands in every row and answer.
PLACEHOLDER_LENGTH = 250
PLACEHOLDER_SIDES = [16, 12, 8, 4, 1]
PLACEHOLDER_QUALITIES = [60, 20, 0]


class Renditions(NamedTuple):
    small: Path
    large: Path | None
    placeholder: str


def write_renditions(picture: Image.Image, original_side: int, folder: Path) -> Renditions:
    """Of an upright sRGB picture, itself already reduced from `original_side` pixels."""
    small, large = folder / "small.webp", None
    if original_side > LARGE_SIDE:
        large = folder / "large.webp"
        picture = fitted(picture, LARGE_SIDE)
        large.write_bytes(webp(picture, LARGE_QUALITY))
    picture = fitted(picture, SMALL_SIDE)
    small.write_bytes(light_webp(picture))
    return Renditions(small, large, placeholder_of(picture))


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """Never larger than it was; not even a long thin picture loses its last row."""
    size = fitted_size(*picture.size, side)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


def webp(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=quality, alpha_quality=quality)
    return file.getvalue()


def light_webp(picture: Image.Image) -> bytes:
    for quality in SMALL_QUALITIES:
        if len(content := webp(picture, quality)) <= SMALL_BYTES:
            break
    return content


def placeholder_of(picture: Image.Image) -> str:
    for side in PLACEHOLDER_SIDES:
        tiny = fitted(picture, side)
        for quality in PLACEHOLDER_QUALITIES:
            content = base64.b64encode(webp(tiny, quality)).decode()
            address = f"data:image/webp;base64,{content}"
            if len(address) < PLACEHOLDER_LENGTH:
                return address
    raise AssertionError("One pixel takes under 100 bytes.")
