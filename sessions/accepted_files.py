"""Which files are accepted as slides, and in what form they are stored.

Their content decides; names, and the content types that clients send, are ignored.
"""

import io
from typing import IO, NamedTuple

import filetype
from django.core.files.base import File
from PIL import Image
from PIL.ExifTags import IFD
from PIL.JpegImagePlugin import get_sampling

MAX_FILE_BYTES = 100 * 2**20  # documented as 100 MB
HEADER_BYTES = 8192  # what `filetype` looks at
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
VIDEOS = ["video/mp4", "video/webm"]
ALLOWED = [*PICTURES, *VIDEOS]

# A picture of a few bytes may unfold to gigabytes; Pillow warns beyond this many.
MAX_PIXELS = 89_478_485


class BadFile(ValueError):
    """The file is not accepted; the message says why."""


class MediaFile(NamedTuple):
    file: "File[bytes]"
    content_type: str

    @property
    def media_type(self) -> str:
        return self.content_type.partition("/")[0]


def media_file(upload: IO[bytes]) -> MediaFile:
    """The file as it is to be stored, and its type. Pictures are checked to be whole, and lose
    the location where they were taken. Raises BadFile.
    """
    upload.seek(0)
    content_type = filetype.guess_mime(upload.read(HEADER_BYTES))
    if content_type not in ALLOWED:
        raise BadFile(f"Not one of {', '.join(ALLOWED)}, by its content.")
    if content_type in PICTURES:
        try:
            check_picture(upload)
            upload = without_location(upload, PICTURES[content_type])
        except BadFile:
            raise
        except Exception as error:  # decoders raise many kinds
            raise BadFile(f"A damaged picture: {error}") from error
    return MediaFile(File(upload), content_type)


def check_picture(file: IO[bytes]) -> None:
    with Image.open(file, formats=list(PICTURES.values())) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise BadFile(f"A picture may have {MAX_PIXELS // 10**6} megapixels at most.")
        picture.draft(None, (1, 1))  # decodes all of a JPEG, into as few pixels as it can
        picture.load()


def without_location(file: IO[bytes], picture_format: str) -> IO[bytes]:
    """The same file, or, if it names a location, one that does not.

    A JPEG is written with its own quantization tables, so it looks the same.
    """
    with Image.open(file, formats=list(PICTURES.values())) as picture:
        exif = picture.getexif()
        if IFD.GPSInfo not in exif and not names_location(picture):
            return file
        if picture.width * picture.height * getattr(picture, "n_frames", 1) > MAX_PIXELS:
            raise BadFile("Names a location, and is too large to be written anew without it.")
        exif.pop(IFD.GPSInfo, None)
        kept = {"exif": exif, "xmp": b"", "icc_profile": picture.info.get("icc_profile")}
        if picture_format == "JPEG":
            tables = picture.quantization  # type: ignore[attr-defined]  # as every JPEG has
            kept |= {"qtables": tables, "subsampling": get_sampling(picture)}
        else:
            kept |= {"save_all": True, "quality": 95}
        stripped = io.BytesIO()  # its pixels are in memory already
        picture.save(stripped, picture_format, **kept)
    return stripped


def names_location(picture: Image.Image) -> bool:
    """Whether its XMP packet, the other place for it, names a location."""
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    return "GPS" in (xmp if isinstance(xmp, str) else xmp.decode(errors="replace"))
