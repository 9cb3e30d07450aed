"""Media addresses stand still within a window, run out, and lead to what a browser may keep."""

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from community.saving import save_session
from joip.media.addresses import Window, current_window, window_at
from joip.media.s3_bucket import S3Bucket
from joip.settings import local_bucket
from sessions.media_serializers import SessionMediaSerializer
from sessions.models import Session
from sessions.uploading import add_external_media, add_files
from tests.factories import make_person, make_session, picture
from tests.made_media import video

STORE = {
    "bucket_name": "media",
    "endpoint_url": "http://store.internal:9000",
    "region_name": "us-east-1",
    "access_key": "key",
    "secret_key": "secret",
}
FOREVER = "private, max-age=31536000, immutable"
REFUSED = (400, 403, 404)  # by a folder 404; stores differ

# --- the window --------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (7_500, 7_200),  # a window begins five minutes after the time it signs with
        (7_501, 7_200),
        (9_299, 7_200),
        (9_299.999, 7_200),
        (9_300, 9_000),
        (9_300.001, 9_000),
    ],
)
def test_a_window_is_half_of_the_time_that_addresses_are_good(settings, now, start):
    settings.MEDIA_URL_SECONDS = 3600
    assert window_at(now) == Window(start, start + 3900)


@given(st.integers(60, 604_500), st.integers(0, 10_000), st.sampled_from([-1, -0.001, 0, 0.001, 1]))
def test_an_address_is_good_for_a_window_and_no_longer_than_said(seconds, number, beside):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MEDIA_URL_SECONDS", seconds)
        length = seconds // 2
        now = number * length + 300 + beside  # around the boundary of two windows
        window = window_at(now)
    assert window.start % length == 0
    assert 300 <= now - window.start < 300 + length
    assert length <= window.end - now <= seconds
    assert window.end - window.start <= 604_800  # a week: more than that stores do not take
    assert window.start == (number - (beside < 0)) * length


def test_the_time_in_the_answer_is_the_end_of_the_window():
    assert window_at(9_000).expires_at == datetime(1970, 1, 1, 3, 5, tzinfo=UTC)


# --- addresses ---------------------------------------------------------------


def test_a_bucket_of_a_store_signs_for_the_endpoint_that_browsers_use():
    bucket = S3Bucket(**STORE, signed_for="https://media.example.org")
    address = urlsplit(bucket.address("a b/c+d.jpg", Window(1_790_000_000, 1_790_003_900)))
    assert (address.netloc, address.path) == ("media.example.org", "/media/a%20b/c%2Bd.jpg")
    signed = parse_qs(address.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert (signed["X-Amz-Date"], signed["X-Amz-Expires"]) == (["20260921T141320Z"], ["3900"])


@pytest.fixture(params=["general", "user-media"])
def stored(request):
    """A bucket of this run, a folder or one of a store, and the key of an object in it."""
    bucket = storages[request.param]
    bucket.put("tests/fjord.jpg", ContentFile(picture(1)), "image/jpeg")
    return bucket, "tests/fjord.jpg"


def fetch(address):
    """The status, body and headers behind an address; no cookie goes with it."""
    if address.startswith("/"):
        answer = Client().get(address)
        return answer.status_code, b"".join(answer), answer.headers
    try:
        with urlopen(address) as answer:
            return answer.status, answer.read(), answer.headers
    except OSError as error:
        return error.code, b"", error.headers


def test_an_address_is_good_until_its_end(stored):
    bucket, key = stored
    now = int(time.time())
    assert fetch(bucket.address(key, Window(now - 300, now + 60)))[:2] == (200, picture(1))
    assert fetch(bucket.address(key, Window(now - 300, now - 1)))[0] in REFUSED


def test_an_address_given_out_so_long_ago_is_not_good_any_more(stored, settings):
    bucket, key = stored
    now = time.time()
    half = settings.MEDIA_URL_SECONDS // 2
    assert fetch(bucket.address(key, window_at(now - half + 5)))[0] == 200
    assert fetch(bucket.address(key, window_at(now - 2 * half - 1)))[0] in REFUSED


def test_an_address_of_a_folder_ends_with_the_second(settings, monkeypatch):
    settings.STORAGES = settings.STORAGES | {"general": local_bucket("general")}
    storages["general"].save("community/1/a.jpg", ContentFile(picture(1)))
    address = storages["general"].address("community/1/a.jpg", Window(1_000, 2_000))
    for now, status in ((1_999.9, 200), (2_000, 404), (2_000.1, 404)):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert fetch(address)[0] == status


# --- what comes from there ---------------------------------------------------


def test_an_object_comes_with_its_type_and_may_be_kept(stored):
    bucket, key = stored
    _, _, headers = fetch(bucket.url(key))
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Cache-Control"] == FOREVER


def test_a_copy_comes_with_type_and_caching_of_the_original(author, saver, share):
    saved = save_session(community_session_id=share.pk, user=saver)
    original, copy = share.session.snapshots.get(), Session.objects.get(pk=saved.session_id)
    for slide in [*original.media.all(), *copy.media.all()]:
        status, _, headers = fetch(slide.url)
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert headers["Cache-Control"] == FOREVER


def test_a_store_keeps_type_and_caching_with_a_copy(proxy, s3):
    """The key has no suffix, from which a store could guess."""
    general, user_media = storages["general"], storages["user-media"]
    general.put("community/1/a", ContentFile(picture(1)), "image/jpeg")
    user_media.copy_from(general, "community/1/a", "users/1/a", size=1)
    found = s3.head_object(Bucket=user_media.bucket_name, Key="users/1/a")
    assert (found["ContentType"], found["CacheControl"]) == ("image/jpeg", FOREVER)


# --- what the API says -------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """Sets the seconds since the present window began to give out its addresses."""

    def set_clock(seconds):
        monkeypatch.setattr(time, "time", lambda: begun + seconds)

    begun = current_window().start + 300
    set_clock(0)
    return set_clock


def get(person, path):
    client = Client()
    client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.json()


def addresses(answer):
    """All addresses of media in an answer, however deep."""
    if isinstance(answer, list):
        return [found for item in answer for found in addresses(item)]
    if not isinstance(answer, dict):
        return []
    own = [answer[name] for name in ("mediaUrl", "thumbnail") if answer.get(name)]
    return own + addresses(list(answer.values()))


def test_a_browser_that_loads_a_library_twice_loads_no_picture_twice(author, clock, settings):
    for _ in range(3):
        make_session(author, slides=1)
    clock(1)
    shown = addresses(get(author, "/api/sessions"))
    assert len(set(shown)) == 3
    for address in shown:
        assert fetch(address)[2]["Cache-Control"] == FOREVER
    for later in (2, settings.MEDIA_URL_SECONDS // 2 - 1):
        clock(later)
        assert addresses(get(author, "/api/sessions")) == shown
    clock(settings.MEDIA_URL_SECONDS // 2)
    assert not set(addresses(get(author, "/api/sessions"))) & set(shown)


def test_everybody_is_shown_the_same_addresses(share, saver, clock):
    stranger = make_person("stranger")
    for path in ("/api/community", f"/api/community/sessions/{share.pk}"):
        clock(1)
        shown = addresses(get(saver, path))
        assert shown
        clock(2)
        assert addresses(get(stranger, path)) == shown


def test_an_answer_has_addresses_of_one_window(author, monkeypatch, settings):
    """Also where a window ends while it is made."""
    session = make_session(author, slides=3)
    first, second = (window_at(now) for now in (10_000_000, 10_000_000 + 3600))
    times = iter([10_000_000, *[10_000_000 + 3600] * 1000])
    monkeypatch.setattr(time, "time", lambda: next(times))
    slides = SessionMediaSerializer(session.media.all(), many=True).data
    end = f"{first.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert {slide["mediaExpiresAt"] for slide in slides} == {end}
    for item, slide in zip(slides, session.media.all(), strict=True):
        assert item["mediaUrl"] == slide.url_in(first) != slide.url_in(second)


def test_beside_each_address_stands_when_it_stops_being_good(share, author, saver, clock):
    end = current_window().expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    session = get(author, f"/api/sessions/{share.session_id}")
    feed = get(saver, f"/api/community/sessions/{share.pk}")
    (listed,) = get(author, "/api/sessions")
    (offered,) = get(saver, "/api/community")["items"]
    for item in (listed, offered, session["session"], feed["session"]):
        assert item["mediaExpiresAt"] == end
    for slide in session["media"] + feed["media"]:
        assert slide["mediaExpiresAt"] == end


def test_addresses_elsewhere_and_none_at_all_have_no_end(author):
    elsewhere, empty, film = (make_session(author, slides=0) for _ in range(3))
    photo = {"external_url": "https://example.org/a.jpg", "media_type": "image"}
    add_external_media(session=elsewhere, media=[photo])
    add_files(session=film, files=[ContentFile(video(), name="a.mp4")], captions=[""])
    shown = {item["id"]: item for item in get(author, "/api/sessions")}
    for session in (elsewhere, empty):
        assert shown[session.pk]["mediaExpiresAt"] is None
    assert shown[film.pk]["mediaExpiresAt"] is not None
    (slide,) = get(author, f"/api/sessions/{elsewhere.pk}")["media"]
    assert (slide["mediaUrl"], slide["mediaExpiresAt"]) == ("https://example.org/a.jpg", None)
    (slide,) = get(author, f"/api/sessions/{film.pk}")["media"]
    assert slide["mediaExpiresAt"] is not None
