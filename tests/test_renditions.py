"""Smaller pictures of slides: made with uploads, shared by copies, gone with the last of them."""

import io
import os
import time
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from PIL import Image

from community.saving import save_session
from community.sharing import share_session, withdraw_session
from joip.media.local_bucket import LocalBucket
from sessions.deletion import delete_session
from sessions.editing import delete_slide
from sessions.making_renditions import make_renditions
from sessions.models import Session, SessionMedia
from sessions.uploading import add_external_media, add_files
from tests import made_media
from tests.factories import add_slides, make_person, make_session, make_share, picture, set_price
from tests.ledgers import check_ledger, check_objects
from tests.threads import all_at_once


def stored_renditions():
    return sorted(key for key, _ in storages["user-media"].objects("renditions/"))


def large_picture():
    file = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 1500)).save(file, "JPEG")
    return file.getvalue()


def shown_at(client, person, path):
    client.force_login(person)
    return client.get(f"/api/{path}").json()


def size_of(rendition):
    with storages["user-media"].open(rendition) as file, Image.open(file) as image:
        return image.format, image.size


def test_a_large_picture_has_two_and_a_small_one_one(client, author):
    session = make_session(author, slides=1)
    add_files(session=session, files=[ContentFile(large_picture())], captions=[""])
    small, large = session.media.all()
    assert stored_renditions() == sorted(
        [
            f"renditions/{small.rendition}/small.webp",
            f"renditions/{large.rendition}/large.webp",
            f"renditions/{large.rendition}/small.webp",
        ]
    )
    shown = shown_at(client, author, f"sessions/{session.pk}")["media"]
    assert shown[0]["renditions"]["large"] is None
    assert (shown[1]["width"], shown[1]["height"]) == (3000, 1500)
    for name, size in {"small": (640, 320), "large": (2048, 1024)}.items():
        described = shown[1]["renditions"][name]
        assert (described["width"], described["height"]) == size
        assert size_of(f"renditions/{large.rendition}/{name}.webp") == ("WEBP", size)


def test_the_thumbnail_of_a_session_is_the_first_slide_that_has_one(client, author, saver):
    session = make_session(author, slides=0)
    media = [{"external_url": "https://example.org/a.mp4", "media_type": "video"}]
    add_external_media(session=session, media=media)
    assert shown_at(client, author, f"sessions/{session.pk}")["session"]["thumbnail"] is None
    add_files(session=session, files=[ContentFile(made_media.video())], captions=[""])
    video = session.media.last()
    share = share_session(session=session)
    for person, path in [
        (author, f"sessions/{session.pk}"),
        (saver, f"community/sessions/{share.pk}"),
    ]:
        thumbnail = shown_at(client, person, path)["session"]["thumbnail"]
        assert f"renditions/{video.rendition}/small.webp" in thumbnail


def test_an_external_picture_is_its_own_thumbnail_and_may_have_a_size(client, author):
    session = make_session(author, slides=0)
    item = {"externalUrl": "https://example.org/a.jpg", "type": "image"}
    client.force_login(author)
    media = [item | {"width": 640, "height": 480}, item]
    answer = client.post(
        f"/api/sessions/{session.pk}/media/external", {"media": media}, format="json"
    )
    with_size, without = answer.json()
    assert with_size["thumbnail"] == item["externalUrl"]
    assert (with_size["width"], with_size["height"], with_size["renditions"]) == (640, 480, None)
    assert (without["width"], without["height"]) == (None, None)
    media = [item | {"width": 0}]
    answer = client.post(
        f"/api/sessions/{session.pk}/media/external", {"media": media}, format="json"
    )
    assert list(answer.json()["fields"]) == ["media.0.width"]


def test_a_save_copies_no_rendition_and_the_last_copy_takes_them_along(proxy, author, saver, save):
    set_price(10)
    share = make_share(author, slides=3)
    made = stored_renditions()
    proxy.forget()
    assert save(share, saver)[0] == 200
    assert len(proxy.requests) == 3 + proxy.faults_of_the_store
    delete_session(session=share.session)
    assert stored_renditions() == made
    check_objects()
    delete_session(session=saver.library.get())
    assert stored_renditions() == []
    check_objects()


def test_a_slide_deleted_here_stays_there(author, saver, share, save):
    save(share, saver)
    withdraw_session(session=share.session)
    made = stored_renditions()
    delete_slide(slide=share.session.media.first())
    assert stored_renditions() == made
    delete_slide(slide=saver.library.get().media.first())
    assert len(stored_renditions()) == len(made) - 1
    check_objects()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
def test_the_last_two_that_share_them_may_go_at_once(author, share, attempt):
    people = [make_person(f"person {number}", balance=50) for number in range(2)]
    for person in people:
        save_session(community_session_id=share.pk, user=person)
    delete_session(session=share.session)
    copies = [person.library.get() for person in people]
    answers = all_at_once(*[lambda copy=copy: delete_session(session=copy) for copy in copies])
    assert answers == [None, None]
    assert stored_renditions() == []
    check_objects()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
def test_a_copy_begun_while_the_original_goes_has_all_or_is_refused(author, share, saver, attempt):
    all_at_once(
        lambda: save_session(community_session_id=share.pk, user=saver),
        lambda: delete_session(session=share.session),
    )
    for slide in SessionMedia.objects.filter(session__owner=saver):
        assert f"renditions/{slide.rendition}/small.webp" in stored_renditions()
    check_ledger()
    check_objects()


def test_pruning_takes_old_renditions_that_no_slide_names(author, settings, capsys):
    make_session(author, slides=1)
    named = stored_renditions()
    orphan = f"renditions/{uuid4()}/small.webp"
    storages["user-media"].put(orphan, ContentFile(b"webp"), "image/webp")
    storages["user-media"].put("renditions/else.webp", ContentFile(b"webp"), "image/webp")
    call_command("prune_media")
    assert orphan in stored_renditions()
    if isinstance(storages["user-media"], LocalBucket):
        two_days_ago = time.time() - 2 * 24 * 3600
        for key in stored_renditions():
            os.utime(storages["user-media"].path(key), (two_days_ago, two_days_ago))
        call_command("prune_media")
        assert stored_renditions() == sorted([*named, "renditions/else.webp"])


@pytest.fixture
def from_before(author):
    """Slides that were stored when there were no renditions, one of them in a snapshot."""
    share = make_share(author, slides=2)
    for key in stored_renditions():
        storages["user-media"].delete(key)
    SessionMedia.objects.update(rendition=None, width=None, height=None, placeholder="")
    Session.objects.snapshots().update(cover=None)
    return share


def test_the_command_makes_what_is_missing(client, author, from_before, capsys):
    call_command("make_renditions")
    assert capsys.readouterr().out == "4 made\n"
    for slide in SessionMedia.objects.all():
        assert (slide.width, slide.height) == (8, 6)
        assert slide.placeholder
        assert f"renditions/{slide.rendition}/small.webp" in stored_renditions()
    assert Session.objects.snapshots().get().cover is not None
    call_command("make_renditions")
    assert capsys.readouterr().out == "nothing to make\n"
    check_objects()


def test_the_command_names_what_it_cannot_make_and_goes_on(from_before, capsys):
    broken = from_before.session.media.first()
    storages[broken.bucket].delete(broken.key)
    with pytest.raises(CommandError, match="1 could not be made"):
        call_command("make_renditions")
    assert capsys.readouterr().out == f"slide {broken.pk}: failed\n1 failed, 3 made\n"
    assert SessionMedia.objects.filter(rendition=None).get() == broken


def test_what_was_made_for_a_slide_that_changed_is_deleted(author, from_before):
    slide = from_before.session.media.first()
    (other,) = add_slides(from_before.session, 9)
    before = stored_renditions()
    SessionMedia.objects.filter(pk=slide.pk).update(key=other.key)
    assert make_renditions(slide) is False
    assert stored_renditions() == before


def test_an_upload_killed_between_object_and_row_leaves_orphans_only(author, monkeypatch):
    session = make_session(author, slides=0)

    def die(*args):
        os._exit(9)

    monkeypatch.setattr("sessions.uploading.append", die)
    connection.close()  # processes must not share it
    if not (pid := os.fork()):
        add_files(session=session, files=[ContentFile(picture(1))], captions=[""])
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert not session.media.exists()
    assert len(stored_renditions()) == 1
