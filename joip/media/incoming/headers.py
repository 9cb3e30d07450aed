"""What the structure of a picture says before anything is decoded."""

from typing import NamedTuple

from joip.media.incoming.orientation import UPRIGHT


class PictureHeader(NamedTuple):
    width: int
    height: int
    bytes_per_pixel: float  # of memory, to decode the picture once
    orientation: int = UPRIGHT
    frames: int = 1
    color_type: int = 0  # of a PNG
    profile: bytes = b""  # of a WebP: to open one by Pillow takes memory for all of it
    is_ended: bool = True  # whether the file has the marker that ends its format
