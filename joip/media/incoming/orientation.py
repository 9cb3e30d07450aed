"""The one thing that stays of a picture's EXIF: which way up it is shown."""

import struct

from PIL import Image

UPRIGHT = 1
ORIENTATION_TAG, SHORT_TYPE = 0x0112, 3
MAX_ENTRIES = 1000  # a directory of a camera has about twenty

# How the pixels are turned to stand upright, by the EXIF orientation.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_in(exif: bytes) -> int:
    """The orientation that a TIFF block names; upright where it is odd, as browsers take it."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    try:
        if order:
            (directory,) = struct.unpack_from(f"{order}I", exif, 4)
            (entries,) = struct.unpack_from(f"{order}H", exif, directory)
            for number in range(min(entries, MAX_ENTRIES)):
                entry = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * number)
                if entry[:3] == (ORIENTATION_TAG, SHORT_TYPE, 1):
                    return entry[3] if entry[3] in TURNS else UPRIGHT
    except struct.error:  # it points outside of itself
        pass
    return UPRIGHT


def exif_with(orientation: int) -> bytes:
    """A TIFF block of one directory with one entry."""
    entry = struct.pack(">HHIHH", ORIENTATION_TAG, SHORT_TYPE, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """The width and height of a picture once it stands upright."""
    return size[::-1] if orientation >= 5 else size
