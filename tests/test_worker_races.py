"""Real threads against each other, while two workers copy what they save and share."""

import pytest
from django.db.models import Q

from community.models import CommunityShare
from community.saving import (
    NotFoundOrNotPublic,
    NotSharedToCommunity,
    Saved,
    SessionChanging,
    save_session,
)
from community.sharing import NeverShared, share_session, withdraw_session
from credits.ledger import InsufficientCredits, balance_of
from sessions.copying import fail_copy
from sessions.deletion import delete_session
from sessions.models import Session
from sessions.ownership import SessionNotFound
from tests.factories import begin, make_person, make_share, set_price
from tests.ledgers import check_ledger, check_shares
from tests.threads import all_at_once
from tests.workers import all_whole, check_objects, needs_queue, wait_until

pytestmark = [needs_queue, pytest.mark.races]
ROUNDS = range(3)


@pytest.fixture(autouse=True)
def _two_workers(queue):
    queue.start(2)


def saving(share, person):
    return lambda: save_session(community_session_id=share.pk, user=person)


@pytest.mark.parametrize("attempt", ROUNDS)
@pytest.mark.parametrize("balance", [50, 10])
def test_simultaneous_saves_of_one_session_charge_once(share, balance, attempt):
    person = make_person("quick", balance=balance)
    answers = all_at_once(*[saving(share, person)] * 6)
    session = person.library.get()
    assert sorted(answers) == [Saved(session.pk, False)] + [Saved(session.pk, True)] * 5
    wait_until(all_whole)
    assert balance_of(person) == balance - 10
    check_ledger()
    check_objects()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_credits_for_two_buy_two_of_five_sessions(author, attempt):
    set_price(10)
    shares = [make_share(author, slides=1) for _ in range(5)]
    wait_until(all_whole)
    person = make_person("quick", balance=25)
    answers = all_at_once(*[saving(share, person) for share in shares])
    assert sum(isinstance(answer, Saved) for answer in answers) == 2
    assert sum(isinstance(answer, InsufficientCredits) for answer in answers) == 3
    wait_until(all_whole)
    assert person.library.filter(media_status="ready").count() == 2
    assert balance_of(person) == 5
    check_ledger()
    check_objects()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_failed_save_begun_again_by_many_is_charged_once(share, saver, settings, attempt):
    settings.COPY_IN = "request"
    session = begin(share, saver)
    fail_copy(session, reason="a test")
    settings.COPY_IN = "workers"
    answers = all_at_once(*[saving(share, saver)] * 5)
    assert sorted(answers) == [Saved(session.pk, False)] + [Saved(session.pk, True)] * 4
    wait_until(all_whole)
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_share_again_withdraw_delete_and_save_leave_everything_whole(share, author, attempt):
    session = share.session
    people = [make_person(f"person {number}", balance=50) for number in range(3)]
    answers = all_at_once(
        *[saving(share, person) for person in people],
        lambda: share_session(session=session),
        lambda: share_session(session=session),
        lambda: (
            withdraw_session(session=session) if attempt % 2 else delete_session(session=session)
        ),
    )
    expected = (Saved, CommunityShare, type(None), NotFoundOrNotPublic, NotSharedToCommunity)
    gone = (SessionChanging, NeverShared, SessionNotFound)
    assert [answer for answer in answers if not isinstance(answer, (*expected, *gone))] == []
    wait_until(all_whole)
    assert not Session.objects.filter(~Q(media_status="ready"), owner__isnull=False).exists()
    if not CommunityShare.objects.filter(withdrawn_at=None).exists():
        wait_until(lambda: not Session.objects.snapshots().exists())
    check_ledger()
    check_objects()
    check_shares()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_session_deleted_while_workers_copy_it_is_refunded_or_whole(share, saver, attempt):
    def delete():
        while not (session := saver.library.first()):
            pass
        delete_session(session=session)

    saved, _ = all_at_once(saving(share, saver), delete)
    assert isinstance(saved, Saved | NotFoundOrNotPublic)
    assert not saver.library.exists()
    assert balance_of(saver) in (40, 50)
    check_ledger()
