"""The life of a copy: its lease, its attempts, and edits made while it runs."""

from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from community.saving import Saved, save_session
from community.sharing import share_session, withdraw_session
from credits.ledger import balance_of
from sessions.copied_rows import MEDIA_FIELDS_NOT_COPIED, SESSION_FIELDS_NOT_COPIED
from sessions.copying import (
    Outcome,
    begin_again,
    copy_media,
    fail_copy,
    resume_copy,
)
from sessions.deletion import delete_session
from sessions.leases import MAX_TAKEOVERS, LeaseLost, renew_lease, take_over
from sessions.models import Session, SessionMedia
from tests.factories import begin, let_the_lease_run_out, make_session, make_share
from tests.ledgers import check_ledger, check_objects
from tests.threads import elsewhere


@pytest.fixture
def dying(share, saver):
    """A paid save whose process died before it copied anything, as another process reads it."""
    return Session.objects.get(pk=begin(share, saver).pk)


def test_a_copy_takes_every_field_that_is_not_left_behind():
    session_fields = {field.name for field in Session._meta.concrete_fields}
    assert session_fields - SESSION_FIELDS_NOT_COPIED == {
        *["title", "title_sort", "words", "subreddits", "category"],
        *["interval_min", "interval_max", "transition"],
        *["caption_theme", "ai_prompt", "is_manual_mode"],
        *["is_imported", "import_source", "import_url", "original_title", "original_author"],
    }
    media_fields = {field.name for field in SessionMedia._meta.concrete_fields}
    assert media_fields - MEDIA_FIELDS_NOT_COPIED == {
        *["order", "media_type", "caption", "words", "is_thumbnail"],
        *["bucket", "key", "external_url"],
        *["content_type", "size", "source_post_id", "source_post_url", "subreddit"],
        *["width", "height", "duration", "placeholder", "rendition"],
    }
    assert session_fields >= SESSION_FIELDS_NOT_COPIED
    assert media_fields >= MEDIA_FIELDS_NOT_COPIED


def test_it_refuses_to_run_inside_a_transaction(dying):
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        copy_media(session=dying)


def test_until_it_is_copied_a_slide_shows_the_original(dying, saver, client):
    client.force_login(saver)
    answer = client.get(f"/api/sessions/{dying.pk}").json()
    assert answer["session"]["mediaStatus"] == "copying"
    assert (answer["session"]["mediaCount"], answer["session"]["mediaCopied"]) == (3, 0)
    snapshot = dying.copied_from
    shown = [slide["mediaUrl"] for slide in answer["media"]]
    assert shown == [slide.url for slide in snapshot.media.all()]


def test_a_repeat_while_the_copy_is_alive_leaves_it_alone(dying, share, saver, save):
    expected = {"success": True, "sessionId": dying.pk, "reused": True}
    assert save(share, saver) == (200, expected)
    dying.refresh_from_db()
    assert (dying.media_status, dying.copy_attempt) == ("copying", 1)


def test_a_repeat_after_the_lease_finishes_the_copy_without_a_charge(dying, share, saver, save):
    let_the_lease_run_out(dying)
    assert save(share, saver)[1] == {"success": True, "sessionId": dying.pk, "reused": True}
    dying.refresh_from_db()
    assert (dying.media_status, dying.copy_attempt, dying.copy_takeovers) == ("ready", 2, 1)
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_the_lease_is_counted_by_the_database_in_seconds(dying, settings):
    remaining = dying.copy_lease_expires_at - timezone.now()
    assert timedelta(seconds=settings.COPY_LEASE_SECONDS - 10) < remaining
    assert remaining <= timedelta(seconds=settings.COPY_LEASE_SECONDS)


def test_only_one_of_two_takes_over(dying):
    let_the_lease_run_out(dying)
    other = Session.objects.get(pk=dying.pk)
    assert take_over(dying) is True
    assert take_over(other) is False


def test_after_five_takeovers_it_fails_and_is_refunded(dying, saver):
    for _ in range(MAX_TAKEOVERS):
        let_the_lease_run_out(dying)
        assert take_over(dying) is True
    let_the_lease_run_out(dying)
    assert resume_copy(session=dying) is Outcome.FAILED
    dying.refresh_from_db()
    assert dying.media_status == "failed"
    assert balance_of(saver) == 50
    check_ledger()


def test_a_stalled_process_that_wakes_after_a_takeover_changes_nothing(dying, saver):
    let_the_lease_run_out(dying)
    assert resume_copy(session=Session.objects.get(pk=dying.pk)) is Outcome.READY
    before = Session.objects.values().get(pk=dying.pk)
    assert copy_media(session=dying) is Outcome.READY  # by the other
    with pytest.raises(LeaseLost):
        renew_lease(dying)
    with pytest.raises(LeaseLost):
        fail_copy(dying, reason="it woke")
    assert Session.objects.values().get(pk=dying.pk) == before
    assert balance_of(saver) == 40


def test_a_stalled_process_that_wakes_after_a_paid_second_attempt_changes_nothing(
    dying, share, saver, save
):
    fail_copy(Session.objects.get(pk=dying.pk), reason="a test")
    assert save(share, saver)[1]["reused"] is False
    assert copy_media(session=dying) is Outcome.READY
    with pytest.raises(LeaseLost):
        fail_copy(dying, reason="it woke")
    with pytest.raises(LeaseLost):
        begin_again(dying, share.snapshot)
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_edits_made_in_mid_copy_stay(proxy, author, saver, save, share):
    share = make_share(author, slides=6)

    def edit():
        slides = SessionMedia.objects.filter(session__owner=saver)
        slides.filter(order=0).update(caption="My own words")
        slides.filter(order=1).delete()
        slides.filter(order=2).update(order=9)

    proxy.in_mid_copy(edit)
    assert save(share, saver)[0] == 200
    captions = [slide.caption for slide in saver.library.get().media.all()]
    assert captions == ["My own words", "Fjord 3", "Fjord 4", "Fjord 5", "Fjord 2"]
    assert not saver.library.get().pending().exists()


def test_a_slide_given_another_object_in_mid_copy_is_copied_anew(proxy, author, saver, save, share):
    share = make_share(author, slides=3)
    other = share.session.snapshots.get().media.all()[2]

    def edit():
        slides = SessionMedia.objects.filter(session__owner=saver, order=0)
        slides.update(key=other.key, size=other.size)

    proxy.in_mid_copy(edit)
    assert save(share, saver)[0] == 200
    check_objects()


@pytest.mark.parametrize("happening", [withdraw_session, share_session, delete_session])
def test_a_save_finishes_from_the_snapshot_it_began_with(
    proxy, author, saver, save, share, happening
):
    session = make_session(author, slides=4)
    share = share_session(session=session)

    def happen():
        happening(session=session)

    happened = proxy.in_mid_copy(happen)
    assert save(share, saver)[0] == 200
    proxy.rules.clear()
    assert happened.is_set()
    snapshots = Session.objects.snapshots().filter(snapshot_of=session)
    assert snapshots.count() == (1 if happening is share_session else 0)
    check_ledger()
    check_objects()


def test_a_session_deleted_in_mid_copy_is_refunded_and_answers_404(
    proxy, author, saver, save, share
):
    share = make_share(author, slides=4)

    @elsewhere
    def delete(request):
        if request.is_copy and (session := saver.library.first()):
            delete_session(session=session)

    proxy.rules.append(delete)
    assert save(share, saver) == (404, {"message": "Session not found or not public"})
    assert balance_of(saver) == 50
    check_ledger()


def test_a_process_wakes_to_find_its_save_finished_by_another(proxy, author, saver, share):
    share = make_share(author, slides=4)

    def take():
        session = saver.library.get()
        let_the_lease_run_out(session)
        resume_copy(session=session)

    proxy.in_mid_copy(take)
    saved = save_session(community_session_id=share.pk, user=saver)
    assert saved == Saved(saver.library.get().pk, False)
    assert saver.library.get().copy_attempt == 2
    check_ledger()
    check_objects()


def test_the_database_connection_is_given_back_while_objects_are_copied(
    proxy, author, saver, save, share
):
    share = make_share(author, slides=2)
    seen = []
    here = connections["default"]
    proxy.delay = 0.2  # the threads begin a moment before it is given back

    def look(request):
        if request.is_copy:
            seen.append(here.connection)

    proxy.rules.append(look)
    assert save(share, saver)[0] == 200
    # SQLite has no pool to give it back to.
    assert set(seen) == {here.connection if here.vendor == "sqlite" else None}
