"""What a file is, by its structure; its name and what the sender calls it count for nothing."""

from typing import BinaryIO

from joip.media.incoming import boxes, ebml
from joip.media.incoming.bad_file import WANTED, BadFile

START_BYTES = 16
EXPORT_PICTURE = "Export it as a JPEG."
EXPORT_VIDEO = "Export it as an MP4 with H.264."

# The starts of files that people have and browsers do not show.
REFUSED = [
    (b"BM", "A BMP picture is not accepted. Export it as a PNG or JPEG."),
    (b"II*\0", f"A TIFF or camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"MM\0*", f"A TIFF or camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"II+\0", f"A TIFF picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"MM\0+", f"A TIFF picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"IIU\0", f"A camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"IIR", f"A camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"MMOR", f"A camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"FUJIFILMCCD-RAW", f"A camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"FOVb", f"A camera raw picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"\xff\x0a", f"A JPEG XL picture is not shown by all browsers. {EXPORT_PICTURE}"),
    (b"\0\0\0\x0cJXL ", f"A JPEG XL picture is not shown by all browsers. {EXPORT_PICTURE}"),
    (b"\0\0\0\x0cjP  ", f"A JPEG 2000 picture is not shown by browsers. {EXPORT_PICTURE}"),
    (b"8BPS", f"A Photoshop file is not shown by browsers. {EXPORT_PICTURE}"),
    (b"FLV", f"An FLV video is not shown by browsers. {EXPORT_VIDEO}"),
    (b"OggS", f"An Ogg file is not accepted. {EXPORT_VIDEO}"),
    (b"0&\xb2u", f"A Windows Media file is not shown by browsers. {EXPORT_VIDEO}"),
    (b"\0\0\1\xba", f"An MPEG video is not shown by browsers. {EXPORT_VIDEO}"),
]


def kind_of(source: BinaryIO) -> str:
    """`jpeg`, `png`, `gif`, `webp`, `heic`, `mp4` or `matroska`; the last two are families."""
    source.seek(0)
    start = source.read(START_BYTES)
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    if start.startswith(ebml.SIGNATURE):
        ebml.check(source)
        return "matroska"
    for refused, why in REFUSED:
        if start.startswith(refused):
            raise BadFile(why)
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        raise BadFile(f"An AVI video is not shown by browsers. {EXPORT_VIDEO}")
    if start[4:8] in boxes.FIRST:
        return boxes.kind_of(source)
    if not start:
        raise BadFile("The file is empty.")
    raise BadFile(f"This is no picture or video that browsers show. {WANTED}")
