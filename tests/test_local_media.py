"""Media out of folders: whole, in parts, and nothing that a browser would run."""

import time
from urllib.parse import unquote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from joip.media.addresses import Window, current_window
from joip.settings import local_bucket

pytestmark = pytest.mark.backend_free

VIDEO = bytes(range(256)) * 40
WHOLE = len(VIDEO)
POLICY = (
    "sandbox allow-same-origin; "
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
)


@pytest.fixture(autouse=True)
def _folders(settings):
    """Both buckets are folders, also where the service's own are in a store."""
    settings.STORAGES = settings.STORAGES | {
        "general": local_bucket("general"),
        "user-media": local_bucket("user-media"),
    }


@pytest.fixture
def film():
    """The address of a video."""
    return stored("community/1/film.mp4", VIDEO)


def stored(key, content=b"<script>", bucket="general"):
    storages[bucket].save(key, ContentFile(content))
    return storages[bucket].url(key)


def get(address, **headers):
    """The answer and its body."""
    answer = Client().get(address, headers=headers)
    return answer, b"".join(answer)


def test_a_file_comes_whole_and_says_that_it_comes_in_parts_too(film):
    answer, body = get(film)
    assert (answer.status_code, body) == (200, VIDEO)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(WHOLE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in answer.headers
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),  # Safari asks this first
        ("bytes=0-", 0, WHOLE - 1),
        ("bytes=4000-5999", 4000, 5999),
        ("bytes=9000-", 9000, WHOLE - 1),
        ("bytes=9000-999999", 9000, WHOLE - 1),
        ("bytes=-100", WHOLE - 100, WHOLE - 1),
        ("bytes=-999999", 0, WHOLE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=7-7", 7, 7),
        ("bytes=-1", WHOLE - 1, WHOLE - 1),
        (f"bytes={WHOLE - 1}-", WHOLE - 1, WHOLE - 1),
    ],
)
def test_a_part_comes_alone(film, asked, first, last):
    answer, body = get(film, range=asked)
    assert (answer.status_code, body) == (206, VIDEO[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{WHOLE}"
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("asked", [f"bytes={WHOLE}-", "bytes=999999-1000000", "bytes=5-2"])
def test_a_part_that_is_not_there_is_416(film, asked):
    answer, body = get(film, range=asked)
    assert (answer.status_code, body) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{WHOLE}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=-", "bytes=1", "0-1", "9" * 5000, ""],
    ids=lambda asked: asked[:20],
)
def test_several_parts_and_junk_bring_the_whole(film, asked):
    answer, body = get(film, range=asked)
    assert (answer.status_code, body) == (200, VIDEO)


def test_an_empty_file_has_no_parts():
    address = stored("community/1/film.mp4", b"")
    assert get(address)[0].status_code == 200
    assert get(address, range="bytes=0-1")[0].status_code == 416


@pytest.mark.parametrize(("headers", "length"), [({}, WHOLE), ({"range": "bytes=0-9"}, 10)])
def test_head_has_the_headers_alone(film, headers, length):
    answer = Client().head(film, headers=headers)
    assert b"".join(answer) == b""
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(length)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_405(film, method):
    answer = Client(enforce_csrf_checks=True).generic(method, film)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_what_the_browser_has_is_not_sent_again(film):
    first, _ = get(film)
    for known in (
        {"if-none-match": first.headers["ETag"]},
        {"if-modified-since": first.headers["Last-Modified"]},
    ):
        answer, body = get(film, **known)
        assert (answer.status_code, body) == (304, b"")
    assert get(film, **{"if-none-match": '"another"'})[1] == VIDEO
    assert get(film, **{"if-modified-since": "junk"})[1] == VIDEO


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        *[("a.jpg", "image/jpeg"), ("a.jpeg", "image/jpeg"), ("A.JPG", "image/jpeg")],
        *[("a.png", "image/png"), ("a.gif", "image/gif"), ("a.webp", "image/webp")],
        *[("a.mp4", "video/mp4"), ("a.webm", "video/webm"), ("a.html.png", "image/png")],
    ],
)
def test_pictures_and_videos_are_shown(name, content_type):
    answer, _ = get(stored(f"community/1/{name}"))
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize(
    "name", ["a.html", "a.svg", "a.js", "a.pdf", "a.mov", "a.png.html", "png", ".png", "a.png "]
)
def test_anything_else_is_only_downloaded(name):
    address = stored(f"community/1/{name}")
    for headers in ({}, {"range": "bytes=0-3"}):
        answer, _ = get(address, **headers)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("bucket", ["general", "user-media"])
def test_media_are_kept_by_browsers_and_run_nothing(bucket):
    address = stored("users/1/film.mp4", VIDEO, bucket)
    for headers in ({}, {"range": "bytes=0-1"}):
        answer, _ = get(address, **headers)
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("bucket", ["general", "user-media"])
@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-1"}])
def test_the_whole_and_a_part_need_the_signature(bucket, headers):
    address, _, signed = stored("users/1/film.mp4", VIDEO, bucket).partition("?")
    expires, _, signature = signed.partition("&")
    later = f"expires={int(expires.removeprefix('expires=')) + 1}"
    assert get(f"{address}?{signed}", **headers)[1]
    for wrong in (
        *["", "signature=", "expires=&signature=", expires, signature, f"{signed}a"],
        *[f"{later}&{signature}", f"{expires}a&{signature}", f"expires=&{signature}"],
        *[f"{expires}&signature=ü", f"expires=%00&{signature}", f"expires=9&{expires}"],
    ):
        assert get(f"{address}?{wrong}", **headers)[0].status_code == 404, wrong


def test_a_signature_is_good_for_its_object_alone(film):
    _, _, signed = film.partition("?")
    another = stored("community/1/other.mp4", VIDEO).partition("?")[0]
    private = stored("community/1/film.mp4", VIDEO, "user-media").partition("?")[0]
    for address in (another, private, "/media/general/community/1", "/media/general/none"):
        assert get(f"{address}?{signed}")[0].status_code == 404


def test_nothing_is_served_when_its_address_has_run_out(film):
    bucket = storages["general"]
    now = int(time.time())
    for end, status in ((now + 60, 200), (now - 1, 404), (0, 404)):
        address = bucket.address("community/1/film.mp4", Window(0, end))
        assert get(address)[0].status_code == status


def test_a_missing_object_is_404_by_its_signed_address_too():
    assert get(storages["general"].url("community/1/none.mp4"))[0].status_code == 404


@pytest.mark.parametrize(
    "key",
    [
        *["community/1/none.mp4", "community", "community/1", "community/1/film.mp4/more"],
        *["community/1/a%00.mp4", "a" * 300, "%ff.mp4", "%ed%a0%80.mp4"],
    ],
    ids=lambda key: key[:20],
)
def test_what_is_no_file_is_404(film, key):
    for address in (f"/media/general/{key}", signed_for(key)):
        assert get(address)[0].status_code == 404


def signed_for(key):
    """An address as it would be, could the bucket hold such a key."""
    plain = storages["general"].address(unquote(key, errors="replace"), current_window())
    return f"/media/general/{key}?{plain.partition('?')[2]}"


@pytest.mark.parametrize("key", ["../user-media/secret.jpg", "%2e%2e/user-media/secret.jpg"])
def test_no_way_leads_out_of_a_bucket(key):
    stored("secret.jpg", b"secret", "user-media")
    for address in (f"/media/general/{key}", signed_for(key)):
        answer, body = get(address, range="bytes=0-5")
        assert answer.status_code in (400, 404)
        assert b"secret" not in body


def test_media_of_a_store_are_not_served_from_here(film, settings):
    settings.STORAGES = settings.STORAGES | {
        "general": {
            "BACKEND": "joip.media.s3_bucket.S3Bucket",
            "OPTIONS": {"bucket_name": "general"},
        }
    }
    assert get(film)[0].status_code == 404


def test_an_address_that_a_former_key_has_signed_is_read_until_the_key_is_removed(film, settings):
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key" * 5
    for fallbacks, status in [([former], 200), ([], 404)]:
        settings.SECRET_KEY_FALLBACKS = fallbacks
        settings.STORAGES = dict(settings.STORAGES)  # makes the buckets anew
        assert get(film)[0].status_code == status
