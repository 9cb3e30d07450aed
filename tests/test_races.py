"""Real threads against each other, each with a connection of its own."""

import pytest
from django.db.models import Q
from django.test import Client

from community.models import CommunityShare, Decision, Report
from community.moderation import dismiss_reports, hide_share, report_share, unhide_share
from community.saving import (
    NotFoundOrNotPublic,
    NotSharedToCommunity,
    Saved,
    SessionChanging,
    save_session,
)
from community.sharing import NeverShared, share_session, withdraw_session
from credits.ledger import InsufficientCredits, balance_of, refund
from credits.models import CreditAccount, CreditTransaction
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import change_display_name
from sessions.copying import fail_copy
from sessions.deletion import delete_session
from sessions.models import Session
from sessions.ownership import SessionNotFound
from tests.factories import add_address, begin, make_person, make_session, make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.threads import all_at_once

ROUNDS = range(5)


def saving(share, person):
    return lambda: save_session(community_session_id=share.pk, user=person)


@pytest.mark.parametrize("attempt", ROUNDS)
@pytest.mark.parametrize("balance", [50, 10])
def test_simultaneous_saves_of_one_session_charge_once(share, balance, attempt):
    person = make_person("quick", balance=balance)
    answers = all_at_once(*[saving(share, person)] * 6)
    session = person.library.get()
    assert sorted(answers) == [Saved(session.pk, False)] + [Saved(session.pk, True)] * 5
    assert balance_of(person) == balance - 10
    check_ledger()
    check_objects()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_credits_for_two_buy_two_of_five_sessions(author, attempt):
    set_price(10)
    shares = [make_share(author, slides=1) for _ in range(5)]
    person = make_person("quick", balance=25)
    answers = all_at_once(*[saving(share, person) for share in shares])
    assert sum(isinstance(answer, Saved) for answer in answers) == 2
    assert sum(isinstance(answer, InsufficientCredits) for answer in answers) == 3
    assert person.library.filter(media_status="ready").count() == 2
    assert balance_of(person) == 5
    check_ledger()
    check_objects()


def test_an_account_opened_by_many_gets_its_sign_up_credits_once(transactional_db):
    person = make_person("new")
    assert all_at_once(*[lambda: balance_of(person)] * 6) == [50] * 6
    assert CreditTransaction.objects.filter(account=person.pk).count() == 1


def test_a_charge_is_refunded_once_by_many(share, saver):
    save_session(community_session_id=share.pk, user=saver)
    charge = CreditTransaction.objects.get(kind="charge")
    answers = all_at_once(*[lambda: refund(charge=charge, note="")] * 4)
    assert sum(isinstance(answer, CreditTransaction) for answer in answers) == 1
    account = CreditAccount.objects.get(user=saver)
    assert account.balance == 50
    assert account.transactions.order_by("pk").last().balance_after == 50


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_failed_save_begun_again_by_many_is_charged_once(share, saver, attempt):
    session = begin(share, saver)
    fail_copy(session, reason="a test")
    answers = all_at_once(*[saving(share, saver)] * 5)
    assert sorted(answers) == [Saved(session.pk, False)] + [Saved(session.pk, True)] * 4
    assert balance_of(saver) == 40
    check_ledger()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_share_again_withdraw_delete_and_save_leave_everything_whole(author, attempt):
    set_price(10)
    session = make_session(author, slides=4)
    share = share_session(session=session)
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
    unexpected = [answer for answer in answers if not isinstance(answer, (*expected, *gone))]
    assert unexpected == []
    assert not Session.objects.filter(~Q(media_status="ready"), owner__isnull=False).exists()
    if not CommunityShare.objects.filter(withdrawn_at=None).exists():
        assert not Session.objects.snapshots().exists()
    check_ledger()
    check_objects()
    check_shares()


def look_at_the_feed(person, slides):
    """What is shown at any moment is whole: as many slides, each in the community's bucket."""
    client = Client()
    client.force_login(person)
    for _ in range(10):
        page = client.get("/api/community").json()
        for item in page["items"]:
            assert item["mediaCount"] == slides
            answer = client.get(f"/api/community/sessions/{item['id']}")
            assert answer.status_code in (200, 404)
            if answer.status_code == 404:  # withdrawn or hidden a moment ago
                continue
            media = answer.json()["media"]
            assert len(media) == slides
            assert all("/community/" in slide["mediaUrl"] for slide in media)


@pytest.mark.parametrize("attempt", ROUNDS)
@pytest.mark.parametrize("last", ["withdrawn", "hidden", "open"])
def test_share_save_hide_and_share_again_are_safe_together(author, attempt, last):
    set_price(10)
    session = make_session(author, slides=4)
    share = share_session(session=session)
    people = [make_person(f"person {number}", balance=50) for number in range(4)]
    staff = make_person("staff", is_staff=True)

    def hide_and_show():
        hide_share(share=share, actor=staff, note="to look at it")
        unhide_share(share=share, actor=staff, note="it was nothing")

    def withdraw_and_share():
        withdraw_session(session=session)
        share_session(session=session)

    answers = all_at_once(
        *[saving(share, person) for person in people],
        lambda: share_session(session=session),
        lambda: share_session(session=session),
        withdraw_and_share,
        hide_and_show,
        lambda: report_share(community_session_id=share.pk, user=people[0], reason="spam"),
        lambda: look_at_the_feed(people[1], slides=4),
    )
    refusals = (NotSharedToCommunity, SessionChanging, NotFoundOrNotPublic, SessionNotFound)
    unexpected = [
        answer
        for answer in answers
        if not isinstance(answer, (Saved, CommunityShare, Report, type(None), *refusals))
    ]
    assert unexpected == []
    {
        "withdrawn": lambda: withdraw_session(session=session),
        "hidden": lambda: hide_share(share=share, actor=staff),
        "open": lambda: None,
    }[last]()
    share.refresh_from_db()
    assert share.save_count == sum(isinstance(answer, Saved) for answer in answers)
    assert share.is_open == (last == "open")
    assert Session.objects.snapshots().count() == (0 if last == "withdrawn" else 1)
    check_ledger()
    check_objects()
    check_shares()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_two_who_reported_each_other_leave_at_once(author, saver, attempt):
    for person, other in [(author, saver), (saver, author)]:
        for _ in range(3):
            share = make_share(other, slides=0)
            report_share(community_session_id=share.pk, user=person, reason="spam", text="Soup")
    leaving = [lambda: delete_account(user=author), lambda: delete_account(user=saver)]
    assert all_at_once(*leaving) == [None, None]
    assert not Report.objects.exists()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_whoever_renames_while_sharing_is_found_by_the_new_name_alone(author, client, attempt):
    session = make_session(author, slides=0)
    add_address(session)
    all_at_once(
        lambda: share_session(session=session),
        lambda: change_display_name(user=author, name="Somebody"),
    )
    client.force_login(author)
    for name, found in [("ines", 0), ("somebody", 1)]:
        assert client.get("/api/community", {"search": name}).json()["total"] == found


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_session_deleted_while_staff_decide_on_it_is_gone_or_decided(share, saver, attempt):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    answers = all_at_once(
        lambda: delete_session(session=share.session),
        lambda: hide_share(share=share, actor=saver, note="spam"),
        lambda: dismiss_reports(share=share, actor=saver, note="no spam"),
    )
    refusals = [answer for answer in answers if answer is not None]
    assert all(isinstance(answer, SessionNotFound) for answer in refusals)
    assert not CommunityShare.objects.exists()
    assert Decision.objects.count() == 2 - len(refusals)
    check_objects()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_session_deleted_while_it_is_saved_is_refunded_or_whole(share, saver, attempt):
    def delete():
        while not (session := saver.library.first()):
            pass
        delete_session(session=session)

    saved, _ = all_at_once(saving(share, saver), delete)
    assert isinstance(saved, Saved | NotFoundOrNotPublic)
    assert not saver.library.exists()
    assert balance_of(saver) in (40, 50)
    check_ledger()
