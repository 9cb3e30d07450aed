"""Files of other people that once failed. Each stands for a kind."""

import io
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.reading import read_file
from tests.made_media import played, shown

pytestmark = pytest.mark.backend_free

CASES = Path(__file__).parent / "media_cases"
PLACES = [b"GPS", b"City", b"48.85", b"Exampleville", b"photoshop", b"exif:", b"Iptc4xmp"]


def read(name, folder):
    with (CASES / name).open("rb") as file:
        return read_file(file, folder=folder)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("apng-2-frames.png", "image/png"),
        ("gstreamer-doctype-with-null.webm", "video/webm"),
        ("jpeg-without-end-marker.jpg", "image/jpeg"),
        ("location-iptc-city.jpg", "image/jpeg"),
        ("location-motion-photo.jpg", "image/jpeg"),
        ("location-raw-profile-xmp.png", "image/png"),
        ("location-xmp.gif", "image/gif"),
        ("location.mp4", "video/mp4"),
        ("mp4-brand-avc1-only.mp4", "video/mp4"),
        ("odd-exif-xres_ascii.jpg", "image/jpeg"),
        ("png-1-mb-text.png", "image/png"),
        ("rewritten-16-bit.png", "image/png"),
        ("rewritten-440.jpg", "image/jpeg"),
        ("rewritten-animation.webp", "image/webp"),
    ],
)
def test_it_is_stored_as_it_looks_and_names_no_place(name, content_type, tmp_path, monkeypatch):
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 2**21)  # to look at the case itself
    before = (CASES / name).read_bytes()
    before += b"\xff\xd9" * (name == "jpeg-without-end-marker.jpg")
    file = read(name, tmp_path)
    after = file.path.read_bytes()
    assert file.content_type == content_type
    assert file.size == len(after)
    if file.media_type == "image":
        assert shown(after) == shown(before)
    else:
        assert played(after)[0] == played(before)[0]
    assert not [place for place in PLACES if place in after]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("cr3-header-only.cr3", "there is no video in it"),
        ("mp4-cut-off-no-moov.mp4", "The video is cut off"),
        ("png-200mp.png", "has 200 megapixels. One of this kind may have 160"),
        ("webp-88mp-38-bytes.webp", "has 88.4 megapixels. One of this kind may have 35.6"),
    ],
)
def test_it_is_refused_with_the_reason(name, why, tmp_path):
    with pytest.raises(BadFile, match=why):
        read(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_follows_the_end_of_a_motion_photo(tmp_path):
    after = read("location-motion-photo.jpg", tmp_path).path.read_bytes()
    assert b"ftyp" not in after
    assert after.endswith(b"\xff\xd9")
    assert Image.open(io.BytesIO(after)).size == (96, 64)
