"""What may be a slide is decided by content; pictures do not say where they were taken."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from sessions import accepted_files
from sessions.accepted_files import BadFile, media_file
from tests.factories import encoded
from tests.videos import mp4, webm

pytestmark = pytest.mark.backend_free

GPS = {1: "N", 2: (60.0, 23.0, 30.0), 3: "E", 4: (5.0, 19.0, 12.0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>60,23N</exif:GPSLatitude></x:xmpmeta>'


def with_location(picture_format, **options):
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[IFD.GPSInfo] = GPS
    file = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert("RGB").save(file, picture_format, exif=exif, **options)
    return file


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (encoded("JPEG"), "image/jpeg"),
        (encoded("PNG"), "image/png"),
        (encoded("GIF"), "image/gif"),
        (encoded("WEBP"), "image/webp"),
        (mp4(), "video/mp4"),
        (webm(), "video/webm"),
    ],
)
def test_the_content_says_what_a_file_is(content, content_type):
    found = media_file(io.BytesIO(content))
    assert (found.content_type, found.file.size) == (content_type, len(content))
    assert found.media_type == content_type.partition("/")[0]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"",
        b"%PDF-1.7",
        encoded("BMP"),
        encoded("TIFF"),
        mp4(brand=b"qt  "),
        mp4(brand=b"M4A "),
        webm(kind=b"matroska"),
    ],
)
def test_nothing_else_is_allowed(content):
    with pytest.raises(BadFile, match="Not one of image/jpeg, image/png"):
        media_file(io.BytesIO(content))


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_damaged_picture_is_refused(picture_format):
    whole = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(whole, picture_format)
    half = whole.getvalue()[: len(whole.getvalue()) // 2]
    with pytest.raises(BadFile, match="A damaged picture"):
        media_file(io.BytesIO(half))


def test_a_picture_that_unfolds_to_gigabytes_is_refused():
    bomb = black_png(30_000, 30_000)
    assert len(bomb) < 200_000
    with pytest.raises(BadFile, match=r"megapixels|bomb"):
        media_file(io.BytesIO(bomb))


def black_png(width, height):
    """One bit a pixel; Pillow, which has all pixels at once, would take 4 s and 900 MB."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    compressor = zlib.compressobj()
    rows = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(name, content):
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
def test_the_location_is_removed_and_the_rest_stays(picture_format):
    original = with_location(picture_format)
    found = media_file(original)
    with Image.open(found.file) as picture:
        exif = picture.getexif()
        assert not exif.get_ifd(IFD.GPSInfo)
        assert exif[Base.Orientation] == 6
        assert picture.size == (64, 48)
    assert b"GPS" not in found.file.file.read()


def test_the_location_in_an_xmp_packet_is_removed():
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "JPEG", xmp=XMP)
    found = media_file(file)
    found.file.seek(0)
    assert b"GPS" not in found.file.read()


def test_a_jpeg_without_its_location_looks_the_same():
    original = with_location("JPEG", quality=60)
    found = media_file(original)
    with Image.open(original) as before, Image.open(found.file) as after:
        assert before.quantization == after.quantization
        pixels = zip(before.tobytes(), after.tobytes(), strict=True)
        assert sum(abs(a - b) for a, b in pixels) / len(before.tobytes()) < 2


def test_a_picture_without_location_stays_as_it_is():
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "JPEG", exif=exif)
    found = media_file(file)
    found.file.seek(0)
    assert found.file.read() == file.getvalue()


def test_a_picture_too_large_to_lose_its_location_is_refused(monkeypatch):
    monkeypatch.setattr(accepted_files, "MAX_PIXELS", 64 * 48)
    assert media_file(with_location("JPEG"))
    frames = [Image.new("RGB", (64, 48), color) for color in ("teal", "navy")]
    animated = with_location("WEBP", save_all=True, append_images=frames)
    with pytest.raises(BadFile, match="too large to be written anew"):
        media_file(animated)
