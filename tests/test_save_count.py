"""How often a shared session was saved: counted once for each save, and never less."""

import pytest

from community.saving import save_session
from community.sharing import share_session, withdraw_session
from sessions.deletion import delete_session
from tests.factories import make_person, make_session, set_price
from tests.ledgers import check_ledger
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


def test_it_falls_neither_by_deletion_nor_by_withdrawal(share, saver, save):
    for _ in range(2):
        save(share, saver)
        delete_session(session=saver.library.get())
    withdraw_session(session=share.session)
    share_session(session=share.session)
    assert count_of(share) == 2


def test_a_save_that_fails_is_counted_once_however_often_it_is_tried(proxy, author, saver, save):
    set_price(10)
    share = share_session(session=make_session(author))
    proxy.fail_copies(403)
    for _ in range(2):
        assert save(share, saver)[0] == 503
    proxy.rules.clear()
    assert save(share, saver)[0] == 200
    assert count_of(share) == 1
    check_ledger()


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
