"""A failed copy plays what it was copied from as long as that is on offer, and no longer."""

from contextlib import suppress
from urllib.request import urlopen

import pytest
from django.core.files.storage import storages
from django.core.management import call_command

from community.models import CommunityShare
from community.moderation import hide_share, unhide_share
from community.saving import Saved, save_session
from community.sharing import share_session, withdraw_session
from credits.ledger import balance_of
from joip.accounts.deletion import delete_account
from sessions.copying import fail_copy
from sessions.deletion import delete_session
from sessions.editing import edit_session, edit_slide
from sessions.leases import LeaseLost
from sessions.models import Session
from tests.factories import add_slides, begin, make_session, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.threads import all_at_once


@pytest.fixture
def failed(share, saver):
    """A save that failed and was refunded before any object was copied."""
    fail_copy(begin(share, saver), reason="a test")
    return saver.library.get()


@pytest.fixture
def half_failed(proxy, author, saver, save, settings):
    """The share of three slides, and a failed save of it, whose first slide was copied."""
    set_price(10)
    share = share_session(session=make_session(author))
    settings.COPY_CONCURRENCY = 1
    proxy.fail_copies(403, after=1)
    assert save(share, saver)[0] == 503
    proxy.rules.clear()
    copy = saver.library.get()
    assert copy.pending().count() == 2
    return share, copy


@pytest.fixture
def shown(client, saver):
    """A session of the saver's, over HTTP: the session, and the captions of its slides."""

    def shown(session):
        client.force_login(saver)
        body = client.get(f"/api/sessions/{session.pk}").json()
        assert [slide["order"] for slide in body["media"]] == list(range(len(body["media"])))
        return body["session"], [slide["caption"] for slide in body["media"]]

    return shown


def readable(client, address):
    if address.startswith("/"):
        answer = client.get(address)
        return answer.status_code == 200 and b"".join(answer) != b""
    with suppress(OSError), urlopen(address) as answer:
        return answer.status == 200
    return False


def test_it_plays_and_says_why_it_failed(failed, shown):
    session, captions = shown(failed)
    assert (session["mediaStatus"], session["copyFailure"]) == ("failed", "not_copied")
    assert captions == ["Fjord 0", "Fjord 1", "Fjord 2"]


@pytest.mark.parametrize(
    "end",
    [
        lambda share: delete_account(user=share.session.owner),
        lambda share: delete_session(session=share.session),
        lambda share: withdraw_session(session=share.session),
        lambda share: edit_session(session=share.session, is_public=False),
    ],
    ids=["account", "session", "withdrawn", "private"],
)
def test_a_refunded_copy_plays_nothing_after_the_original_went(client, failed, share, shown, end):
    addresses = [slide.url for slide in failed.media.all()]
    assert [readable(client, address) for address in addresses] == [True] * 3
    end(share)
    session, captions = shown(failed)
    assert (session["title"], session["copyFailure"]) == ("Fjords in May", "original_gone")
    assert (session["mediaStatus"], captions) == ("failed", [])
    assert [readable(client, address) for address in addresses] == [False] * 3
    assert not Session.objects.snapshots().exists()
    assert list(storages["general"].objects("")) == []
    check_ledger()
    check_objects()


def test_a_copy_that_fails_after_the_original_went_lets_go_at_once(share, saver, shown):
    copying = begin(share, saver)
    delete_session(session=share.session)
    assert len(shown(copying)[1]) == 3
    fail_copy(copying, reason="a test")
    assert shown(copying)[1] == []
    assert not Session.objects.snapshots().exists()
    check_objects()


def test_what_was_copied_and_ones_own_slides_stay(half_failed, shown):
    share, copy = half_failed
    add_slides(copy, 7)
    edit_session(session=copy, title="My fjords")
    withdraw_session(session=share.session)
    session, captions = shown(copy)
    assert (session["title"], captions) == ("My fjords", ["Fjord 0", "Fjord 7"])
    check_objects()


def test_it_lets_go_of_what_is_hidden_and_is_saved_again_when_that_is_shown_again(
    client, half_failed, saver, save, shown
):
    share, copy = half_failed
    (pending, *_) = client.get(f"/api/sessions/{copy.pk}").json()["media"][1:]
    assert readable(client, pending["mediaUrl"])
    hide_share(share=share)
    session, captions = shown(copy)
    assert (session["copyFailure"], captions) == ("original_gone", ["Fjord 0"])
    assert save(share, saver)[0] == 404
    unhide_share(share=share)
    assert save(share, saver) == (200, {"success": True, "sessionId": copy.pk, "reused": False})
    assert shown(copy)[1] == ["Fjord 0", "Fjord 1", "Fjord 2"]
    check_objects()


def test_a_copy_that_fails_when_its_original_is_hidden_already_lets_go(share, saver, shown):
    copy = begin(share, saver)
    hide_share(share=share)
    assert shown(copy)[1] == ["Fjord 0", "Fjord 1", "Fjord 2"]  # still being copied
    fail_copy(copy, reason="a test")
    assert shown(copy)[1] == []


def test_resume_copies_lets_go_where_the_process_that_hid_it_died(failed, share, shown):
    CommunityShare.objects.update(hidden_at=share.shared_at)
    call_command("resume_copies")
    assert shown(failed)[1] == []


def test_saving_again_brings_what_is_shown_now_under_the_same_id(half_failed, saver, save, shown):
    share, copy = half_failed
    (own,) = add_slides(copy, 7)
    edit_slide(slide=own, is_thumbnail=True)
    edit_slide(slide=share.session.media.last(), is_thumbnail=True)
    edit_slide(slide=share.session.media.first(), caption="Dawn")
    share_session(session=share.session)
    assert shown(copy)[1] == ["Fjord 0", "Fjord 7"]
    assert save(share, saver) == (200, {"success": True, "sessionId": copy.pk, "reused": False})
    session, captions = shown(copy)
    assert (session["mediaStatus"], session["copyFailure"]) == ("ready", None)
    assert captions == ["Dawn", "Fjord 1", "Fjord 2", "Fjord 7"]
    assert [slide.pk for slide in copy.media.filter(is_thumbnail=True)] == [own.pk]
    assert list(copy.media.values_list("came_with_save", flat=True)) == [True] * 3 + [False]
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_saving_again_while_it_holds_its_snapshot_goes_on(half_failed, saver, save, proxy):
    share, copy = half_failed
    first = copy.media.first()
    proxy.forget()
    assert save(share, saver)[0] == 200
    assert copy.media.first() == first
    assert len(proxy.copies) == 2


def test_prune_media_releases_what_a_dead_process_left(failed, share):
    Session.objects.snapshots().update(snapshot_of=None)  # and then it died
    call_command("prune_media")
    assert not failed.media.exists()
    assert not Session.objects.snapshots().exists()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_released_and_saved_again_at_once_it_is_whole_and_paid_once(failed, share, saver, attempt):
    def save():
        return save_session(community_session_id=share.pk, user=saver)

    answers = all_at_once(save, lambda: share_session(session=share.session), save)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    saved = [answer for answer in answers if isinstance(answer, Saved)]
    assert sorted(saved) == [Saved(failed.pk, False), Saved(failed.pk, True)]
    failed.refresh_from_db()
    orders = list(failed.media.values_list("order", flat=True))
    assert (failed.media_status, orders) == ("ready", [0, 1, 2])
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()
    check_shares()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
def test_a_copy_that_fails_while_its_original_goes_lets_go(share, saver, attempt):
    copying = begin(share, saver)

    def fail():
        with suppress(LeaseLost):
            fail_copy(copying, reason="a test")

    assert all_at_once(fail, lambda: delete_account(user=share.session.owner)) == [None, None]
    call_command("prune_media")
    assert not copying.media.exists()
    assert not Session.objects.snapshots().exists()
    check_objects()
