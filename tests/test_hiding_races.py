"""Hiding against sharing, saving, deleting and unhiding at the same moment, in real threads."""

import pytest

from community.lineage import SourceHidden
from community.models import CommunityShare, Decision, Origin, ShareLink
from community.moderation import (
    dismiss_reports,
    finish_decisions,
    hide_share,
    report_share,
    unhide_share,
)
from community.saving import NotFoundOrNotPublic, Saved, SessionChanging, save_session
from community.share_links import link_session
from community.sharing import share_session
from joip.accounts.deletion import delete_account
from joip.api.authentication import Unauthorized
from sessions.deletion import delete_session
from sessions.models import Session
from sessions.ownership import SessionNotFound
from tests.factories import make_person, make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.threads import all_at_once

ROUNDS = range(5)


@pytest.fixture
def first(author):
    set_price(1)
    return make_share(author, slides=1)


def copy_of(share, name):
    person = make_person(name, balance=20)
    saved = save_session(community_session_id=share.pk, user=person)
    return Session.objects.get(pk=saved.session_id)


def assert_nothing_open_descends_from_what_is_hidden():
    hidden = Origin.objects.hidden().values("session")
    assert not CommunityShare.objects.filter(session__in=hidden, hidden_at=None).exists()


def assert_only(answers, *expected):
    unexpected = [answer for answer in answers if not isinstance(answer, (type(None), *expected))]
    assert unexpected == []


def hiding(share):
    return lambda: hide_share(share=share, reaches_copies=True)


def sharing(session):
    return lambda: share_session(session=session)


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_copy_shared_while_its_origin_is_hidden_is_refused_or_hidden(first, attempt):
    copies = [copy_of(first, f"person {number}") for number in range(3)]
    second = share_session(session=copies[0])
    copies.append(copy_of(second, "second remove"))
    answers = all_at_once(
        hiding(first), *[sharing(copy) for copy in copies], lambda: link_session(session=copies[1])
    )
    assert_only(answers, CommunityShare, ShareLink, SourceHidden)
    assert_nothing_open_descends_from_what_is_hidden()
    check_objects()
    check_shares()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_hidden_at_two_places_of_a_line_and_shared_and_saved_in_between(first, attempt):
    second = share_session(session=copy_of(first, "second"))
    third = share_session(session=copy_of(second, "third"))
    person = make_person("quick", balance=20)
    answers = all_at_once(
        hiding(first),
        hiding(second),
        sharing(third.session),
        lambda: save_session(community_session_id=third.pk, user=person),
    )
    assert_only(answers, CommunityShare, SourceHidden, Saved, NotFoundOrNotPublic, SessionChanging)
    assert_nothing_open_descends_from_what_is_hidden()
    for copy in person.library.all():
        with pytest.raises(SourceHidden):
            share_session(session=copy)
    check_ledger()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_hidden_and_unhidden_at_once_all_copies_end_like_their_origin(first, attempt):
    shares = [share_session(session=copy_of(first, f"person {number}")) for number in range(3)]
    hide_share(share=first, reaches_copies=True)
    answers = all_at_once(
        lambda: unhide_share(share=first), hiding(first), finish_decisions, finish_decisions
    )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    is_hidden = Decision.objects.on_hiding().filter(share=first).latest("pk").kind == "hide"
    states = CommunityShare.objects.values_list("hidden_at", flat=True)
    assert {state is not None for state in states} == {is_hidden}
    assert len(states) == len(shares) + 1
    assert not Decision.objects.unfinished().exists()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_links_of_the_chain_deleted_while_it_is_hidden(author, first, attempt):
    second = share_session(session=copy_of(first, "second"))
    copy = copy_of(second, "third")
    answers = all_at_once(
        hiding(first),
        lambda: delete_session(session=second.session),
        lambda: delete_account(user=author),
        sharing(copy),
    )
    assert_only(answers, SessionNotFound, CommunityShare, SourceHidden)
    assert_nothing_open_descends_from_what_is_hidden()
    check_objects()
    check_ledger()


@pytest.mark.parametrize("attempt", ROUNDS)
def test_a_reporter_who_leaves_while_staff_decide_and_the_report_is_made(first, attempt):
    reporter, other = make_person("reporter"), make_person("other")
    copy = share_session(session=copy_of(first, "second"))
    for share in (first, copy):
        report_share(community_session_id=share.pk, user=reporter, reason="spam", text="Soup")
    answers = all_at_once(
        lambda: delete_account(user=reporter),
        hiding(first),
        lambda: dismiss_reports(share=copy),
        lambda: delete_account(user=copy.session.owner),
        lambda: report_share(community_session_id=first.pk, user=other, reason="spam") and None,
    )
    assert_only(answers, SessionNotFound, Unauthorized)
    check_objects()
