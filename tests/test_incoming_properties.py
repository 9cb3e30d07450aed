"""Made pictures with a place wherever metadata may stand: they lose it, and nothing else.

In this process, for speed: these files are not hostile.
"""

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from joip.media.incoming import gif, jpeg, png, webp
from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.pictures import read_picture
from tests.made_media import (
    PLACE,
    XMP,
    chunk,
    encoded,
    exif,
    gif_blocks,
    jpeg_segments,
    picture,
    png_chunks,
    riff_chunk,
    segment,
    shown,
    sub_blocks,
    webp_chunks,
)
from tests.made_media import webp as webp_of

pytestmark = pytest.mark.backend_free

STRIPS = {"jpeg": jpeg.strip, "png": png.strip, "gif": gif.strip, "webp": webp.strip}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SLIDES = [picture("RGB").rotate(turn) for turn in (0, 90, 180)]
ADVICE = ("Send the whole file again.", "Export it again.", "as a plain JPEG.", "Make it smaller.")
quick = settings(max_examples=60, derandomize=True, database=None)

JPEGS = [
    encoded(picture(mode), "JPEG", **options)
    for mode, options in [
        ("RGB", {}),
        ("L", {}),
        ("CMYK", {}),
        ("RGB", {"progressive": True}),
        ("RGB", {"subsampling": 0, "restart_marker_rows": 1}),
        ("RGB", {"icc_profile": PROFILE, "quality": 100, "keep_rgb": True}),
    ]
]
JPEG_PLACES = [
    segment(0xE1, b"Exif\0\0" + exif(1)),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\x1e\x1c\x02\x5a\0\x18" + PLACE),
    segment(0xFE, PLACE),
    segment(0xE2, b"MPF\0" + PLACE),
    segment(0xE0, b"JFXX\0\x10" + PLACE),
    segment(0xE5, PLACE),
]
PNGS = [
    encoded(picture(mode), "PNG", **options)
    for mode, options in [
        ("RGB", {}),
        ("L", {"icc_profile": PROFILE}),
        ("RGBA", {}),
        ("P", {"transparency": 3}),
        ("1", {}),
    ]
]
PNGS.append(encoded(picture("L").convert("I").point(lambda v: v * 200).convert("I;16"), "PNG"))
PNGS.append(encoded(SLIDES[0], "PNG", save_all=True, append_images=SLIDES[1:], duration=70, loop=3))
PNG_PLACES = [
    chunk(b"tEXt", b"Comment\0" + PLACE),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    chunk(b"eXIf", exif(1)),
    chunk(b"prVt", PLACE),
    chunk(b"zTXt", b"Raw profile type xmp\0\0" + PLACE),
]
GIFS = [
    encoded(picture("P"), "GIF"),
    encoded(SLIDES[0], "GIF", save_all=True, append_images=SLIDES[1:], duration=70, loop=3),
    encoded(SLIDES[0], "GIF", save_all=True, append_images=SLIDES[1:], duration=[50, 90, 120]),
]
GIF_PLACES = [
    b"\x21\xfe" + sub_blocks(PLACE),
    b"\x21\xff\x0bXMP DataXMP" + XMP + bytes([1, *range(255, -1, -1), 0]),
    b"\x21\xff\x0bSOMEPLACE10" + sub_blocks(PLACE),
    b"\x21\x99" + sub_blocks(PLACE * 20),
]
WEBPS = [
    encoded(picture("RGB"), "WEBP"),
    encoded(picture("RGBA"), "WEBP", quality=40),
    encoded(picture("RGBA"), "WEBP", lossless=True, icc_profile=PROFILE),
    encoded(SLIDES[0], "WEBP", save_all=True, append_images=SLIDES[1:], duration=70, loop=3),
]
WEBP_PLACES = [(b"EXIF", exif(1)), (b"XMP ", XMP), (b"PLAC", PLACE)]


def stripped(kind, content):
    target = io.BytesIO()
    STRIPS[kind](io.BytesIO(content), target)
    return target.getvalue()


def put_in(data, parts, places, first=0):
    """Any of the places, at any positions among the parts."""
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        parts.insert(data.draw(st.integers(first, len(parts))), place)
    return parts


def made(data, kind):
    """A picture without and with a place in it."""
    tail = data.draw(st.sampled_from([b"", PLACE, encoded(SLIDES[1], "JPEG", comment=PLACE)]))
    if kind == "jpeg":
        clean = data.draw(st.sampled_from(JPEGS))
        start, parts, rest = jpeg_segments(clean)
        return clean, start + b"".join(put_in(data, parts, JPEG_PLACES)) + rest + tail
    if kind == "png":
        clean = data.draw(st.sampled_from(PNGS))
        start, parts = png_chunks(clean)
        parts = put_in(data, parts[:-1], PNG_PLACES, first=1) + parts[-1:]
        return clean, start + b"".join(parts) + tail
    if kind == "gif":
        clean = data.draw(st.sampled_from(GIFS))
        screen, parts = gif_blocks(clean)
        return clean, screen + b"".join(put_in(data, parts, GIF_PLACES)) + b"\x3b" + tail
    clean = data.draw(st.sampled_from(WEBPS))
    parts = put_in(data, webp_chunks(clean), WEBP_PLACES, first=1)
    return clean, webp_of([riff_chunk(*part) for part in parts]) + tail


@pytest.mark.parametrize("kind", STRIPS)
@quick
@given(data=st.data())
def test_a_place_goes_and_the_pixels_stay(kind, data):
    clean, told = made(data, kind)
    assert PLACE in told
    after = stripped(kind, told)
    assert shown(after) == shown(clean)
    assert PLACE not in after
    assert stripped(kind, after) == after


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_of_exif_the_orientation_alone_stays(kind, orientation):
    told = encoded(SLIDES[0], kind.upper(), exif=b"Exif\0\0" + exif(orientation))
    with Image.open(io.BytesIO(stripped(kind, told))) as after:
        assert dict(after.getexif()) == ({0x0112: orientation} if orientation > 1 else {})


@pytest.mark.parametrize("kind", STRIPS)
@quick
@given(data=st.data())
def test_a_cut_off_picture_is_refused_unless_all_of_it_is_there(kind, data):
    clean, told = made(data, kind)
    cut = told[: data.draw(st.integers(20, len(told)))]
    with tempfile.TemporaryDirectory() as folder:
        after = read_or_refused(Path(folder), kind, cut)
    if after:
        frames, whole = shown(after)[1], shown(clean)[1]
        for (pixels, _), (others, _) in zip(frames, whole, strict=False):
            assert difference(pixels, others) < 0.5  # of a JPEG the last bits may be missing


@pytest.mark.parametrize("kind", STRIPS)
@quick
@given(data=st.data())
def test_a_damaged_picture_decodes_or_is_refused_with_a_reason(kind, data):
    _, told = made(data, kind)
    damaged = bytearray(told)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(12, len(told) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        after = read_or_refused(Path(folder), kind, bytes(damaged))
    assert after is None or shown(after)


def difference(pixels, others):
    return sum(abs(a - b) for a, b in zip(pixels, others, strict=True)) / len(pixels)


def read_or_refused(folder, kind, content):
    """What is stored; None where it is refused in words of our own."""
    source = folder / "source"
    source.write_bytes(content)
    try:
        return read_picture(source, kind, folder).path.read_bytes()
    except BadFile as why:
        if not str(why).endswith(ADVICE):
            raise
        return None
