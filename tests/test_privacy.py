"""Owner, another member and a stranger: who reads which session and which file."""

from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from community.moderation import hide_share
from joip.storage import LocalBucket
from sessions.models import Session
from tests.factories import make_person, make_session, picture

NOT_FOUND = (404, {"message": "Session not found"})
UNAUTHORIZED = (401, {"message": "Unauthorized"})


@pytest.fixture
def three(author):
    return {"owner": author, "friend": make_person("friend"), "stranger": None}


def read(person, pk):
    client = Client()
    if person:
        client.force_login(person)
    answer = client.get(f"/api/sessions/{pk}")
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("who", "private", "public"),
    [("owner", 200, 200), ("friend", 404, 200), ("stranger", 401, 401)],
)
def test_a_session_is_read_by_its_owner_or_when_public(three, who, private, public):
    session = make_session(three["owner"], slides=1)
    assert read(three[who], session.pk)[0] == private
    Session.objects.filter(pk=session.pk).update(is_public=True)
    assert read(three[who], session.pk)[0] == public


def test_private_and_missing_look_alike(three):
    session = make_session(three["owner"], slides=1)
    assert read(three["friend"], session.pk) == read(three["friend"], 999_999) == NOT_FOUND
    assert read(three["stranger"], session.pk) == read(three["stranger"], 999_999) == UNAUTHORIZED


def test_a_snapshot_is_met_by_nobody(three, share):
    snapshot = share.session.snapshots.get()
    assert read(three["owner"], snapshot.pk) == NOT_FOUND
    assert read(three["friend"], snapshot.pk) == NOT_FOUND
    assert read(make_person("staff", is_staff=True, is_superuser=True), snapshot.pk) == NOT_FOUND


def test_a_hidden_session_is_read_by_its_owner_and_staff_only(three, share):
    hide_share(share=share)
    assert read(three["friend"], share.session_id) == NOT_FOUND
    assert read(three["owner"], share.session_id)[0] == 200
    assert read(make_person("staff", is_staff=True), share.session_id)[0] == 200


def test_a_session_is_shown_whole_with_its_media_in_order(author):
    session = make_session(author, slides=2, subreddits=["norway"])
    session.media.filter(order=1).update(is_thumbnail=True)
    status, body = read(author, session.pk)
    shown = body["session"]
    times = {shown.pop("createdAt"), shown.pop("updatedAt")}
    assert (status, len(times)) == (200, 2)
    assert urlsplit(shown.pop("thumbnail")).path == urlsplit(body["media"][1]["mediaUrl"]).path
    assert shown == {
        "id": session.pk,
        "title": "Fjords in May",
        "userId": author.pk,
        "subreddits": ["norway"],
        "categoryId": None,
        "intervalMin": 3,
        "intervalMax": 10,
        "transition": "fade",
        "aiPrompt": "",
        "captionTheme": "",
        "isPublic": False,
        "isFavorite": False,
        "isManualMode": False,
        "isImported": False,
        "importSource": "",
        "importUrl": "",
        "mediaStatus": "ready",
        "mediaCount": 2,
        "mediaCopied": 2,
    }
    first, second = body["media"]
    del first["mediaUrl"], first["thumbnail"]
    assert first == {
        "id": session.media.first().pk,
        "sessionId": session.pk,
        "caption": "Fjord 0",
        "type": "image",
        "redditPostId": "",
        "redditPostUrl": "",
        "subreddit": "",
        "order": 0,
    }
    assert second["order"] == 1


def fetch(url):
    """The status and bytes behind an address, as a browser without a cookie gets them."""
    if url.startswith("/"):
        answer = Client().get(url)
        return answer.status_code, b"".join(answer) if answer.streaming else answer.content
    try:
        with urlopen(url) as answer:
            return answer.status, answer.read()
    except OSError as error:
        return error.code, b""


def without_signature(url):
    return url.partition("?")[0]


def test_private_media_are_read_only_by_signed_addresses(author):
    slide = make_session(author, slides=1).media.get()
    assert fetch(slide.url) == (200, picture(0))
    assert fetch(without_signature(slide.url))[0] in (400, 403, 404)
    assert fetch(slide.url[:-1] + ("a" if slide.url[-1] != "a" else "b"))[0] in (400, 403, 404)


def test_a_signature_is_good_for_one_object_only(author):
    first, second = make_session(author, slides=2).media.all()
    signature = first.url.partition("?")[2]
    assert fetch(f"{without_signature(second.url)}?{signature}")[0] in (400, 403, 404)


def test_a_signed_address_expires(author, settings):
    slide = make_session(author, slides=1).media.get()
    if not isinstance(storages["user-media"], LocalBucket):
        assert f"X-Amz-Expires={settings.MEDIA_URL_SECONDS}" in slide.url
        return
    settings.MEDIA_URL_SECONDS = -1
    assert fetch(slide.url)[0] == 404


def test_community_media_have_plain_addresses(share):
    slide = share.session.snapshots.get().media.first()
    assert "?" not in slide.url
    if isinstance(storages["general"], LocalBucket):
        assert fetch(slide.url) == (200, picture(0))


def test_local_media_are_never_run_as_pages(author, client):
    bucket = storages["general"]
    if not isinstance(bucket, LocalBucket):
        pytest.skip("served by the store")
    for name in ("page.html", "drawing.svg", "script.js", "nothing"):
        bucket.save(f"community/1/{name}", ContentFile(b"<script>"))
        answer = client.get(f"/media/general/community/1/{name}")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        answer.close()


@pytest.mark.parametrize(
    "path",
    [
        *["general/../joip.sqlite3", "general/%2e%2e/joip.sqlite3", "general/community"],
        *["staticfiles/admin/css/base.css", "general//etc/passwd", "general/a%00b", "nowhere/a"],
    ],
)
def test_nothing_outside_the_buckets_is_served(client, share, path):
    assert client.get(f"/media/{path}").status_code in (400, 404)
