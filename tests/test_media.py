"""The media of a session: uploading, captions, order, deletion, the quota."""

import json

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions import uploading
from sessions.models import SessionMedia
from sessions.quota import used_by
from sessions.stored_objects import target_key
from tests.factories import add_slides, encoded, make_session, make_share, picture, set_price
from tests.ledgers import check_objects, left_over
from tests.made_media import video

MIB = 2**20


@pytest.fixture
def session(client, author):
    client.force_login(author)
    return make_session(author, slides=0)


def upload(client, session, *contents, **fields):
    """Files whose names and types say nothing true."""
    files = [SimpleUploadedFile("page.html", content, "text/html") for content in contents]
    answer = client.post(f"/api/sessions/{session.pk}/media", {"files": files, **fields})
    return answer.status_code, answer.json()


def slides_of(session):
    return list(session.media.values_list("caption", "order"))


def test_files_become_slides_in_their_order(client, session):
    contents = [picture(1), encoded("PNG"), encoded("GIF"), encoded("WEBP")]
    contents += [video("mp4"), video("webm", "libvpx-vp9", "libopus")]
    status, body = upload(client, session, *contents, captions=["One", "Two"])
    assert status == 201
    assert [(item["caption"], item["order"]) for item in body] == [
        ("One", 0),
        ("Two", 1),
        *[("", number) for number in range(2, 6)],
    ]
    assert [item["type"] for item in body] == ["image"] * 4 + ["video"] * 2
    for slide, content in zip(session.media.all()[:4], contents, strict=False):
        with storages["user-media"].open(slide.key) as file:
            assert file.read() == content
    check_objects()


def test_an_uploaded_slide_is_shown_whole(client, session):
    _, (item,) = upload(client, session, picture(1), captions="Fjord")
    slide = session.media.get()
    assert item.pop("mediaUrl") == slide.url
    assert item.pop("thumbnail") == item["renditions"]["small"].pop("url")
    assert item.pop("mediaExpiresAt")  # see test_media_addresses
    assert item.pop("placeholder").startswith("data:image/webp;base64,")
    assert slide.key == f"users/{session.owner_id}/manual-sessions/{session.pk}/{slide.name}.jpg"
    assert (slide.content_type, slide.size) == ("image/jpeg", len(picture(1)))
    assert item == {
        "id": slide.pk,
        "sessionId": session.pk,
        "caption": "Fjord",
        "type": "image",
        "isThumbnail": False,
        "redditPostId": "",
        "redditPostUrl": "",
        "subreddit": "",
        "order": 0,
        "width": 8,
        "height": 6,
        "duration": None,
        "renditions": {"small": {"width": 8, "height": 6}, "large": None},
    }


def test_a_video_has_a_thumbnail_and_says_how_long_it_is(client, session):
    _, (item,) = upload(client, session, video("mp4"))
    assert (item["type"], item["duration"]) == ("video", 1.0)
    assert item["thumbnail"] == item["renditions"]["small"]["url"]


def test_the_store_keeps_the_type_that_the_content_has(client, session, proxy, s3):
    upload(client, session, encoded("WEBP"))
    bucket = storages["user-media"].bucket_name
    found = s3.head_object(Bucket=bucket, Key=session.media.get().key)
    assert found["ContentType"] == "image/webp"


def padded(size):
    """A picture, and data after its end, which is not stored."""
    return picture(1).ljust(size, b"\0")


def test_one_bad_file_and_none_is_kept(client, session):
    status, body = upload(client, session, picture(1), b"<script>", picture(2)[:100])
    assert (status, list(body["fields"])) == (400, ["files.1", "files.2"])
    assert body["message"].startswith("Validation failed: files.1: ")
    assert not session.media.exists()
    assert left_over() == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "files"),
        ({"files": "a string"}, "files.0"),
        ({"files": SimpleUploadedFile("a.jpg", b"")}, "files.0"),
        ({"file": SimpleUploadedFile("a.jpg", b"a")}, "file"),
        ({"files": SimpleUploadedFile("a.jpg", b"a"), "captions": ["a", "b"]}, "captions"),
        ({"files": SimpleUploadedFile("a.jpg", b"a"), "captions": "a" * 2001}, "captions.0"),
        ({"files": SimpleUploadedFile("a.jpg", b"a"), "captions": "nul\x00"}, "captions.0"),
    ],
    ids=str,
)
def test_a_bad_form_is_refused_by_name(client, session, fields, named):
    answer = client.post(f"/api/sessions/{session.pk}/media", fields)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [named])


def test_a_broken_form_is_400(client, session):
    answer = client.generic(
        "POST", f"/api/sessions/{session.pk}/media", b"junk", "multipart/form-data; boundary=a"
    )
    assert answer.status_code == 400
    answer = client.generic(
        "POST", f"/api/sessions/{session.pk}/media", b"a", "multipart/form-data"
    )
    assert answer.status_code == 400


def test_too_many_files_are_refused(client, session):
    status, body = upload(client, session, *[b"a"] * 101)
    assert (status, list(body["fields"])) == (400, ["files"])


def test_a_file_over_100_mb_is_refused_and_never_kept(client, session, monkeypatch):
    monkeypatch.setattr(uploading, "MAX_FILE_BYTES", MIB)
    status, body = upload(client, session, picture(1), padded(MIB + 1))
    assert (status, body["fields"]) == (400, {"files.1": ["Larger than 1 MB."]})
    assert upload(client, session, padded(MIB))[0] == 201
    assert session.media.count() == 1


def test_the_quota_counts_copies_and_refuses_uploads(client, saver, share, save, settings):
    settings.STORAGE_QUOTA_MB = 1
    save(share, saver)
    session = make_session(saver, slides=0)
    used = used_by(saver)
    assert used == sum(len(picture(number)) for number in range(3))
    status, body = upload(client, session, padded(MIB))
    assert (status, body) == (
        403,
        {
            "error": "Your storage is full",
            "code": "STORAGE_QUOTA_EXCEEDED",
            "used": used,
            "limit": MIB,
            "needed": MIB,
        },
    )
    assert upload(client, session, padded(MIB - used))[0] == 201
    check_objects()


def test_a_full_library_still_saves_and_takes_external_media(client, saver, share, save, settings):
    session = make_session(saver, slides=1)
    settings.STORAGE_QUOTA_MB = 0
    assert save(share, saver)[0] == 200
    assert add_external(client, session)[0] == 201


def add_external(client, session, **fields):
    item = {"externalUrl": "https://example.org/a.jpg", "type": "image"} | fields
    answer = client.post(f"/api/sessions/{session.pk}/media/external", {"media": [item]}, "json")
    return answer.status_code, answer.json()


def test_external_media_are_kept_by_reference(client, session):
    status, (item,) = add_external(client, session, caption="Elsewhere", subreddit="norway")
    assert status == 201
    assert (item["mediaUrl"], item["thumbnail"]) == ("https://example.org/a.jpg",) * 2
    assert (item["caption"], item["subreddit"], item["order"]) == ("Elsewhere", "norway", 0)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        *[({"externalUrl": url}, "externalUrl") for url in ("javascript:alert(1)", "a", "", None)],
        ({"externalUrl": "data:text/html,a"}, "externalUrl"),
        ({"type": "audio"}, "type"),
        ({"mediaUrl": "https://example.org"}, "mediaUrl"),
        ({"redditPostUrl": "javascript:a"}, "redditPostUrl"),
    ],
    ids=str,
)
def test_bad_external_media_are_refused_by_name(client, session, fields, named):
    status, body = add_external(client, session, **fields)
    assert (status, list(body["fields"])) == (400, [f"media.0.{named}"])


def test_a_session_has_1000_slides_at_most(client, session, monkeypatch):
    monkeypatch.setattr(uploading, "MAX_SLIDES", 3)
    add_slides(session, 1, 2)
    status, body = upload(client, session, picture(3), picture(4))
    assert (status, list(body["fields"])) == (400, ["media"])
    assert session.media.count() == 2
    check_objects()


def test_a_session_deleted_during_an_upload_leaves_nothing(client, session, monkeypatch):
    def put(bucket, *args):
        stored(bucket, *args)
        client.delete(f"/api/sessions/{session.pk}")

    stored = type(storages["user-media"]).put
    monkeypatch.setattr(type(storages["user-media"]), "put", put)
    assert upload(client, session, picture(1)) == (
        404,
        {"message": "Session not found", "code": "SESSION_NOT_FOUND"},
    )
    assert left_over() == []


def order(client, session, *ids):
    body = json.dumps({"mediaIds": ids})
    path = f"/api/sessions/{session.pk}/media/order"
    answer = client.put(path, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_the_order_is_the_list_of_ids(client, session):
    first, second, third = [slide.pk for slide in add_slides(session, 0, 1, 2)]
    status, body = order(client, session, third, first, second)
    assert (status, [item["id"] for item in body]) == (200, [third, first, second])
    assert slides_of(session) == [("Fjord 2", 0), ("Fjord 0", 1), ("Fjord 1", 2)]


def test_any_other_list_is_refused(client, session, author):
    first, second = [slide.pk for slide in add_slides(session, 0, 1)]
    foreign = make_session(author, slides=1).media.get().pk
    for ids in ([], [first], [first, first], [first, second, foreign], [first, second, second]):
        status, body = order(client, session, *ids)
        assert (status, list(body["fields"])) == (400, ["mediaIds"]), ids
    assert order(client, session, "a", 10**30, None, 0)[0] == 400
    assert slides_of(session) == [("Fjord 0", 0), ("Fjord 1", 1)]


def test_deleting_a_slide_closes_the_gap(client, session):
    _, second, _ = add_slides(session, 0, 1, 2)
    answer = client.delete(f"/api/sessions/{session.pk}/media/{second.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert slides_of(session) == [("Fjord 0", 0), ("Fjord 2", 1)]
    check_objects()
    answer = client.delete(f"/api/sessions/{session.pk}/media/{second.pk}")
    assert (answer.status_code, answer.json()) == (
        404,
        {"message": "Media not found", "code": "MEDIA_NOT_FOUND"},
    )


def edit(client, slide, **fields):
    path = f"/api/sessions/{slide.session_id}/media/{slide.pk}"
    answer = client.patch(path, fields, format="json")
    return answer.status_code, answer.json()


def test_a_slide_can_be_captioned_and_be_the_thumbnail(client, session):
    first, second = add_slides(session, 0, 1)
    assert edit(client, first, caption="", isThumbnail=True)[1]["isThumbnail"]
    status, body = edit(client, second, isThumbnail=True)
    assert (status, body["caption"], body["isThumbnail"]) == (200, "Fjord 1", True)
    assert list(session.media.values_list("caption", "is_thumbnail")) == [
        ("", False),
        ("Fjord 1", True),
    ]
    edit(client, second, isThumbnail=False)
    assert not SessionMedia.objects.filter(is_thumbnail=True).exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"caption": "a" * 2001}, "caption"),
        ({"caption": None}, "caption"),
        ({"order": 3}, "order"),
        ({"mediaUrl": "https://example.org"}, "mediaUrl"),
        ({"isThumbnail": "perhaps"}, "isThumbnail"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_change_of_a_slide_is_refused_by_name(client, session, fields, named):
    (slide,) = add_slides(session, 0)
    status, body = edit(client, slide, **fields)
    assert (status, list(body["fields"])) == (400, [named])


@pytest.mark.parametrize("pk", ["a", "0", "01", "9" * 20])
def test_an_ill_formed_media_id_is_400(client, session, pk):
    answer = client.delete(f"/api/sessions/{session.pk}/media/{pk}")
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "Invalid media ID", "code": "INVALID_MEDIA_ID"},
    )


def test_slides_changed_in_mid_copy_keep_their_changes(client, author, saver, save, proxy):
    set_price(10)
    share = make_share(author, slides=4)
    deleted = []

    def change():
        session = saver.library.get()
        first, second, third, fourth = session.media.all()
        changing = type(client)()
        changing.force_login(saver)
        assert edit(changing, first, caption="Edited")[0] == 200
        path = f"/api/sessions/{session.pk}/media/{second.pk}"
        assert changing.delete(path).status_code == 204
        deleted.append(target_key(second))
        assert order(changing, session, fourth.pk, third.pk, first.pk)[0] == 200
        assert upload(changing, session, picture(9), captions="New")[0] == 201

    happened = proxy.in_mid_copy(change)
    assert save(share, saver)[0] == 200
    assert happened.is_set()
    session = saver.library.get()
    assert session.media_status == "ready"
    assert [caption for caption, _ in slides_of(session)] == ["Fjord 3", "Fjord 2", "Edited", "New"]
    assert [number for _, number in slides_of(session)] == [0, 1, 2, 3]
    # The copy of the deleted slide may land after it: an orphan, for pruning.
    storages["user-media"].delete(*deleted)
    check_objects()


def test_files_and_addresses_have_an_address_each(client, session):
    path = f"/api/sessions/{session.pk}/media"
    item = {"externalUrl": "https://example.org/a.jpg", "type": "image"}
    assert client.post(path, {"media": [item]}, "json").status_code == 415
    assert client.post(f"{path}/external", {"files": []}, "multipart").status_code == 415
    assert not session.media.exists()
