"""Shares and their snapshots: frozen, replaced whole, and gone when nothing reads them."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from community.sharing import SessionNotReady, share_session, withdraw_session
from sessions.copying import MediaCopyFailed
from sessions.deletion import delete_session
from sessions.models import Session
from tests.factories import add_slides, begin, make_session, picture, set_price
from tests.ledgers import check_objects, left_over


def snapshots(session):
    return list(Session.objects.filter(snapshot_of=session).order_by("pk"))


def test_sharing_makes_the_session_public_and_a_snapshot_of_it(share):
    share.session.refresh_from_db()
    assert share.session.is_public
    (snapshot,) = snapshots(share.session)
    assert (snapshot.owner, snapshot.is_public, snapshot.media_status) == (None, False, "ready")
    for number, slide in enumerate(snapshot.media.all()):
        assert (slide.bucket, slide.key) == ("general", f"community/{snapshot.pk}/{slide.name}.jpg")
        with storages["general"].open(slide.key) as file:
            assert file.read() == picture(number)


def test_later_edits_do_not_leak_in_until_it_is_shared_again(share, saver, save):
    session = share.session
    Session.objects.filter(pk=session.pk).update(title="Fjords in June")
    session.media.filter(order=0).update(caption="Edited")
    add_slides(session, 7)
    save(share, saver)
    first = saver.library.get()
    assert (first.title, first.media.count()) == ("Fjords in May", 3)
    assert share_session(session=session) == share
    delete_session(session=first)
    save(share, saver)
    second = saver.library.get()
    assert (second.title, second.media.count()) == ("Fjords in June", 4)
    assert second.media.first().caption == "Edited"


def test_a_finished_snapshot_retires_and_removes_the_older_ones(share):
    (first,) = snapshots(share.session)
    share_session(session=share.session)
    (second,) = snapshots(share.session)
    assert second.pk > first.pk
    assert not Session.objects.filter(pk=first.pk).exists()
    check_objects()


def test_a_snapshot_that_failed_leaves_the_one_before_to_savers(proxy, author, saver, save):
    set_price(10)
    session = make_session(author, slides=3)
    share = share_session(session=session)
    proxy.fail_copies(403)
    with pytest.raises(MediaCopyFailed):
        share_session(session=session)
    proxy.rules.clear()
    assert save(share, saver)[0] == 200
    share_session(session=session)
    assert [snapshot.media_status for snapshot in snapshots(session)] == ["ready"]
    check_objects()


def test_withdrawing_leaves_saved_copies_alive(share, saver, save):
    save(share, saver)
    withdraw_session(session=share.session)
    share.refresh_from_db()
    assert share.withdrawn_at
    assert not Session.objects.snapshots().exists()
    assert saver.library.get().media.count() == 3
    check_objects()


def test_sharing_after_withdrawal_keeps_the_community_id(share, saver, save):
    withdraw_session(session=share.session)
    assert share_session(session=share.session).pk == share.pk
    assert save(share, saver)[0] == 200


def test_only_a_whole_session_can_be_shared(author):
    session = make_session(author, slides=1)
    Session.objects.filter(pk=session.pk).update(media_status="failed")
    with pytest.raises(SessionNotReady):
        share_session(session=session)
    assert not Session.objects.snapshots().exists()


def test_a_saved_session_can_be_shared_like_any_other(share, saver, save):
    save(share, saver)
    saved = saver.library.get()
    again = share_session(session=saved)
    other = Session.objects.get(snapshot_of=saved)
    assert again.pk != share.pk
    assert other.media.count() == 3


def test_deleting_the_original_deletes_its_objects_share_and_snapshots(share, saver, save):
    save(share, saver)
    delete_session(session=share.session)
    assert list(Session.objects.all()) == [saver.library.get()]
    check_objects()


def test_deletion_keeps_an_object_that_another_slide_names(share, author):
    original = share.session
    slide = original.media.first()
    other = make_session(author, slides=0)
    other.media.create(
        order=0, media_type="image", bucket=slide.bucket, key=slide.key, size=slide.size
    )
    delete_session(session=original)
    assert storages["user-media"].exists(slide.key)
    assert left_over() == []


def test_deleting_the_last_copy_of_a_retired_snapshot_deletes_the_snapshot(share, saver):
    copying = begin(share, saver)
    withdraw_session(session=share.session)
    assert Session.objects.snapshots().exists()
    delete_session(session=copying)
    assert not Session.objects.snapshots().exists()
    check_objects()


def test_a_snapshot_retired_before_it_is_finished_is_removed(proxy, share):
    session = make_session(share.session.owner, slides=2)
    share_session(session=session)

    def withdraw():
        with_no_removal = Session.objects.filter(snapshot_of=session)
        with_no_removal.update(snapshot_of=None)

    happened = proxy.in_mid_copy(withdraw)
    share_session(session=session)
    assert happened.is_set()
    assert not Session.objects.filter(snapshot_of=session).exists()
    call_command("prune_media")
    check_objects()


def test_deletion_takes_objects_that_lie_outside_their_place(author):
    session = make_session(author, slides=0)
    key = storages["user-media"].save("imported/lake 1.jpg", ContentFile(picture(1)))
    session.media.create(order=0, media_type="image", bucket="user-media", key=key, size=1)
    delete_session(session=session)
    assert not storages["user-media"].exists(key)
