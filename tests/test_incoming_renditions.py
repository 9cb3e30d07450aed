"""Small and large pictures of a slide, and its placeholder."""

import base64
import io
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw

from joip.media.incoming.heic import to_jpeg
from joip.media.incoming.pictures import read_picture
from joip.media.incoming.renditions import SMALL_BYTES
from tests.made_media import chunk, encoded, exif, picture

pytestmark = pytest.mark.backend_free

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile():
    """sRGB with red and green exchanged."""
    tags = {SRGB[at : at + 4]: at for at in range(132, 132 + 12 * SRGB[131], 12)}
    profile = bytearray(SRGB)
    for name, other in ((b"rXYZ", b"gXYZ"), (b"gXYZ", b"rXYZ")):
        profile[tags[name] + 4 : tags[name] + 12] = SRGB[tags[other] + 4 : tags[other] + 12]
    return bytes(profile)


@pytest.fixture
def read(tmp_path):
    def read(content, kind):
        (tmp_path / "source").write_bytes(content)
        return read_picture(tmp_path / "source", kind, tmp_path)

    return read


def painted(size):
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    for at in range(0, size[0], 40):
        draw.ellipse((at, at // 2, at + 90, at // 2 + 60), fill=(at % 255, 90, 160))
    return image


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((100, 40), (100, 40), None),
        ((640, 480), (640, 480), None),
        ((2048, 1024), (640, 320), None),
        ((2400, 1200), (640, 320), (2048, 1024)),
        ((900, 4500), (128, 640), (410, 2048)),
        ((5000, 1), (640, 1), (2048, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_they_fit_and_are_never_larger(size, small, large, kind, read):
    file = read(encoded(painted(size), kind.upper()), kind)
    assert (file.width, file.height) == size
    with Image.open(file.small) as made:
        assert (made.format, made.size) == ("WEBP", small)
    assert (file.large and Image.open(io.BytesIO(file.large.read_bytes())).size) == large
    assert file.small.stat().st_size <= SMALL_BYTES


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_placeholder_is_a_tiny_webp(mode, read):
    address = read(encoded(picture(mode, (300, 200)), "PNG"), "png").placeholder
    assert len(address) < 250
    kind, _, content = address.partition(";base64,")
    assert kind == "data:image/webp"
    with Image.open(io.BytesIO(base64.b64decode(content))) as tiny:
        assert max(tiny.size) <= 16


def test_they_stand_upright_and_tell_nothing(read):
    content = encoded(painted((300, 200)), "JPEG", exif=b"Exif\0\0" + exif(6), icc_profile=SRGB)
    file = read(content, "jpeg")
    assert (file.width, file.height) == (200, 300)
    with Image.open(file.small) as small:
        assert small.size == (200, 300)
        assert not small.getexif()
        assert "icc_profile" not in small.info


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_their_colors_are_srgb(kind, read):
    red = Image.new("RGB", (64, 64), (255, 0, 0))
    file = read(encoded(red, kind.upper(), icc_profile=swapped_profile()), kind)
    with Image.open(file.small) as small:
        r, g, b = small.getpixel((30, 30))
    assert g > 200 > 60 > max(r, b)


def test_a_profile_that_is_damaged_is_passed_over(read):
    file = read(encoded(picture(), "JPEG", icc_profile=b"no profile"), "jpeg")
    assert file.small.exists()


def test_transparency_stays(read):
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    with Image.open(read(encoded(clear, "PNG"), "png").small) as small:
        assert small.convert("RGBA").getpixel((9, 9))[3] == 0


def test_of_16_bits_the_upper_8_are_shown(read):
    gray = Image.new("I;16", (40, 30), 0x4080)
    with Image.open(read(encoded(gray, "PNG"), "png").small) as small:
        assert small.getpixel((9, 9))[0] == pytest.approx(0x40, abs=3)


def test_16_bits_may_have_a_transparent_color(read):
    row = b"\0" + struct.pack(">3H", 999, 5, 70) * 4
    header = struct.pack(">IIBBBBB", 4, 1, 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tRNS", struct.pack(">3H", 999, 5, 70))]
    chunks += [(b"IDAT", zlib.compress(row)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)
    assert read(content, "png").path.read_bytes() == content


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_of_an_animation_the_first_frame_is_shown(kind, read):
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "green", "blue")]
    content = encoded(frames[0], kind.upper(), save_all=True, append_images=frames[1:])
    with Image.open(read(content, kind).small) as small:
        assert small.convert("RGB").getpixel((9, 9))[0] > 200


def test_heic_becomes_an_upright_jpeg_with_its_profile(tmp_path):
    heic = pillow_heif.from_pillow(painted((300, 200)))
    heic.info["icc_profile"] = SRGB
    heic.info["icc_profile_type"] = "prof"
    heic.save(tmp_path / "a.heic", exif=b"Exif\0\0" + exif(6), quality=90)
    to_jpeg(tmp_path / "a.heic", tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as after:
        assert (after.format, after.size) == ("JPEG", (200, 300))
        assert after.info["icc_profile"] == SRGB
        assert not after.getexif()
