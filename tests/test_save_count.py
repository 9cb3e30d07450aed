"""How often a shared session was saved: paid saves for good, free ones while the copy is there."""

from contextlib import suppress
from threading import Barrier

import pytest
from django.db import connection

from community.moderation import dismiss_reports, hide_share, report_share, unhide_share
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from joip.accounts.deletion import delete_account
from sessions.copying import fail_copy
from sessions.deletion import delete_session
from sessions.hooks import saves_end
from sessions.leases import LeaseLost
from sessions.models import Session
from sessions.ownership import SessionNotFound
from tests.factories import begin, make_person, make_session, make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_save_counts
from tests.threads import all_at_once


def count_of(share):
    share.refresh_from_db()
    return share.save_count


def test_a_save_is_counted_and_a_repeat_is_not(share, saver, save):
    hot = share.hot
    save(share, saver)
    save(share, saver)
    assert count_of(share) == 1
    assert share.hot == pytest.approx(hot + 0.30103)  # the logarithm of one and a save


def test_a_paid_save_counts_whatever_becomes_of_copy_and_share(share, saver, save):
    for _ in range(2):
        save(share, saver)
        delete_session(session=saver.library.get())
    withdraw_session(session=share.session)
    share_session(session=share.session)
    assert count_of(share) == 2
    delete_account(user=saver)
    assert count_of(share) == 2


def save_and_delete(share, saver, save):
    assert save(share, saver)[0] == 200
    delete_session(session=saver.library.get())


def begin_and_delete(share, saver, save):
    delete_session(session=begin(share, saver))


def waive_and_delete(share, saver, save):
    save_session(community_session_id=share.pk, user=saver, waive_credits=True)
    delete_session(session=saver.library.get())


@pytest.mark.parametrize(
    ("price", "do"),
    [(10, begin_and_delete), (0, begin_and_delete), (0, save_and_delete), (10, waive_and_delete)],
)
def test_twelve_rounds_without_a_paid_copy_raise_it_by_nothing(share, saver, save, price, do):
    save(share, make_person("other", balance=50))
    set_price(price)
    share.refresh_from_db()
    hot = share.hot
    for _ in range(12):
        do(share, saver, save)
    assert (count_of(share), share.hot) == (1, hot)
    check_ledger()


def test_a_failed_save_does_not_count_and_counts_when_it_is_saved_again(share, saver, save):
    hot = share.hot
    fail_copy(begin(share, saver), reason="a test")
    assert (count_of(share), share.hot) == (0, hot)
    assert save(share, saver)[0] == 200
    assert count_of(share) == 1
    check_ledger()


@pytest.mark.parametrize("price", [0, 10])
def test_deleting_a_failed_copy_takes_nothing_back_again(share, saver, price):
    set_price(price)
    fail_copy(begin(share, saver), reason="a test")
    delete_session(session=saver.library.get())
    assert count_of(share) == 0


def test_it_falls_also_while_the_share_is_withdrawn_or_hidden(share, saver, save):
    set_price(0)
    save(share, saver)
    hide_share(share=share)
    withdraw_session(session=share.session)
    delete_session(session=saver.library.get())
    assert count_of(share) == 0


def test_an_account_that_goes_takes_its_free_and_unfinished_saves_along(author, saver, save):
    free, paid, unfinished = (make_share(author, slides=0) for _ in range(3))
    set_price(10)
    save(paid, saver)
    begin(unfinished, saver)
    set_price(0)
    save(free, saver)
    delete_account(user=saver)
    assert [count_of(share) for share in (free, paid, unfinished)] == [0, 1, 0]
    check_ledger()


def test_a_save_that_fails_is_counted_when_it_succeeds(proxy, author, saver, save):
    set_price(10)
    share = share_session(session=make_session(author))
    proxy.fail_copies(403)
    for _ in range(2):
        assert save(share, saver)[0] == 503
        assert count_of(share) == 0
    proxy.rules.clear()
    assert save(share, saver)[0] == 200
    assert count_of(share) == 1
    check_ledger()


def test_a_copy_of_a_deleted_share_is_deleted_like_any_other(share, saver, save):
    set_price(0)
    save(share, saver)
    delete_session(session=share.session)
    delete_session(session=saver.library.get())
    assert not Session.objects.exists()


def test_a_refused_save_is_not_counted(share, saver, save):
    set_price(100)
    assert save(share, saver)[0] == 402
    assert count_of(share) == 0


@pytest.mark.races
def test_many_at_once_are_all_counted(share):
    people = [make_person(f"person {number}", balance=50) for number in range(8)]
    all_at_once(
        *[lambda person=p: save_session(community_session_id=share.pk, user=person) for p in people]
    )
    assert count_of(share) == 8
    check_ledger()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
def test_saves_failures_and_deletions_at_once_leave_it_right(share, attempt):
    set_price(attempt % 2 * 10)
    people = [make_person(f"person {number}", balance=50) for number in range(6)]

    def save_and_delete(person):
        saved = save_session(community_session_id=share.pk, user=person)
        delete_session(session=Session.objects.get(pk=saved.session_id))

    def begin_and_fail(person):
        with suppress(LeaseLost):
            fail_copy(begin(share, person), reason="a test")

    deeds = [save_and_delete, begin_and_fail, save_and_delete] * 2
    answers = all_at_once(
        *[lambda deed=deed, p=person: deed(p) for deed, person in zip(deeds, people, strict=True)]
    )
    assert answers == [None] * 6
    assert count_of(share) == (4 if attempt % 2 else 0)
    check_ledger()


@pytest.fixture
def meet(monkeypatch):
    """Two deletions meet before either locks shares. On SQLite only one at a time could."""
    if connection.vendor == "postgresql":
        barrier = Barrier(2)
        calls = [lambda undone, deleted: barrier.wait(10), *saves_end.calls]
        monkeypatch.setattr(saves_end, "calls", calls)


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_two_who_saved_each_others_shares_leave_at_once(author, saver, meet, attempt):
    set_price(0)
    third, fourth = make_share(make_person("third"), slides=0), make_person("fourth")
    shares = {p: [make_share(p, slides=0) for _ in range(4)] for p in (author, saver)}
    for person, other in [(author, saver), (saver, author)]:
        for share in [*shares[other][:: 1 if attempt % 2 else -1], third]:
            save_session(community_session_id=share.pk, user=person)
    answers = all_at_once(
        lambda: delete_account(user=author),
        lambda: delete_account(user=saver),
        lambda: save_session(community_session_id=third.pk, user=fourth),
    )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert count_of(third) == 1
    check_save_counts()
    check_objects()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_staff_decide_while_those_who_saved_and_reported_leave(share, author, saver, attempt):
    set_price(0)
    save_session(community_session_id=share.pk, user=saver)
    report_share(community_session_id=share.pk, user=saver, reason="spam")

    def decide():
        with suppress(SessionNotFound):
            hide_share(share=share)
            dismiss_reports(share=share)
            unhide_share(share=share)

    answers = all_at_once(
        lambda: delete_account(user=saver),
        decide,
        *([lambda: delete_session(session=share.session)] if attempt % 2 else []),
    )
    assert set(answers) == {None}
    check_save_counts()
    check_objects()
