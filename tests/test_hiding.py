"""Hiding a share together with those made from its copies, and unhiding them."""

import os
import subprocess
import sys
import time

import pytest
from django.core.management import call_command

from community.models import CommunityShare, Decision, Report
from community.moderation import (
    finish_decisions,
    hide_share,
    report_share,
    unhide_deleted,
    unhide_share,
)
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from sessions.deletion import delete_session
from sessions.models import Session
from tests.factories import make_person, make_share, set_price
from tests.web_server import database_url


@pytest.fixture
def first(author):
    set_price(1)
    return make_share(author, slides=1)


def share_of_copy(share, name):
    person = make_person(name, balance=20)
    saved = save_session(community_session_id=share.pk, user=person)
    return share_session(session=Session.objects.get(pk=saved.session_id))


@pytest.fixture
def second(first):
    return share_of_copy(first, "second")


@pytest.fixture
def third(second):
    return share_of_copy(second, "third")


def hidden(*shares):
    found = CommunityShare.objects.in_bulk()
    return [found[share.pk].hidden_at is not None for share in shares]


def test_hiding_alone_leaves_the_shares_of_copies_open(first, second):
    hide_share(share=first)
    assert hidden(first, second) == [True, False]


def test_hiding_reaches_the_shares_of_copies_at_any_depth(author, first, second, third):
    other = make_share(author, slides=1)
    withdraw_session(session=third.session)
    hide_share(share=first, reason="copyright", sentence="It is Theo's.", reaches_copies=True)
    assert hidden(first, second, third, other) == [True, True, True, False]
    cause, *consequences = Decision.objects.order_by("pk")
    assert [decision.share for decision in consequences] == [second, third]
    for decision in consequences:
        assert (decision.cause, decision.kind) == (cause, "hide")
        assert (decision.reason, decision.sentence) == ("copyright", "It is Theo's.")
    assert not Decision.objects.unfinished().exists()


def test_it_answers_the_reports_of_the_copies_too(first, second):
    report_share(community_session_id=second.pk, user=make_person("reporter"), reason="spam")
    hide_share(share=first, reaches_copies=True)
    assert Report.objects.get().decision.share == second


def test_unhiding_shows_again_what_was_hidden_with_it(first, second, third):
    hide_share(share=first, reaches_copies=True)
    unhide_share(share=first)
    assert hidden(first, second, third) == [False, False, False]
    assert Decision.objects.filter(kind="unhide", cause__share=first).count() == 2


def test_what_staff_have_decided_about_a_copy_itself_stands(first, second, third):
    hide_share(share=second)
    hide_share(share=first, reaches_copies=True)
    unhide_share(share=third)
    unhide_share(share=first)
    assert hidden(first, second, third) == [False, True, False]


@pytest.mark.parametrize("unhidden_first", ["first", "second"])
def test_a_copy_of_two_that_are_hidden_is_shown_when_neither_is(
    first, second, third, unhidden_first
):
    hide_share(share=first, reaches_copies=True)
    hide_share(share=second, reaches_copies=True)
    one, other = (first, second) if unhidden_first == "first" else (second, first)
    unhide_share(share=one)
    assert hidden(third) == [True]
    unhide_share(share=other)
    assert hidden(first, second, third) == [False, False, False]


def test_a_copy_shared_after_unhiding_is_hidden_by_the_next_decision(first, second):
    hide_share(share=first, reaches_copies=True)
    unhide_share(share=first)
    later = share_of_copy(first, "later")
    hide_share(share=first, reaches_copies=True)
    assert hidden(first, second, later) == [True, True, True]


def test_one_that_was_deleted_is_unhidden_for_its_copies(first, second):
    hide_share(share=first, reaches_copies=True)
    delete_session(session=first.session)
    unhide_deleted(hidden=Decision.objects.get(kind="hide", cause=None))
    assert hidden(second) == [False]
    share_session(session=second.session)


def test_an_unhiding_ends_a_hiding_that_is_not_finished(first, second):
    hide_share(share=first)
    Decision.objects.update(reaches_copies=True, is_unfinished=True)  # as if killed
    unhide_share(share=first)
    assert finish_decisions() == 0
    assert hidden(first, second) == [False, False]


def test_resuming_leaves_what_staff_have_decided_since(first, second, third):
    hide_share(share=first)
    Decision.objects.update(reaches_copies=True, is_unfinished=True)  # as if killed
    hide_share(share=second)
    unhide_share(share=second)
    assert finish_decisions() == 1
    assert hidden(first, second, third) == [True, False, True]


HIDE = """
from community.models import CommunityShare
from community.moderation import hide_share
hide_share(share=CommunityShare.objects.get(pk={}), reaches_copies=True)
"""


@pytest.mark.kills
def test_hiding_that_was_killed_halfway_is_finished_by_resume_copies(first):
    copies = [share_of_copy(first, f"person {number}") for number in range(12)]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-c", HIDE.format(first.pk)],
        env=os.environ | {"DATABASE_URL": database_url()},
    )
    deadline = time.monotonic() + 60
    while not Decision.objects.filter(share=copies[0]).exists():
        assert time.monotonic() < deadline
    process.kill()
    process.wait()
    assert hidden(first, copies[0], copies[-1]) == [True, True, False]
    call_command("resume_copies")
    assert hidden(first, *copies) == [True] * 13
    assert Decision.objects.count() == 13
    assert not Decision.objects.unfinished().exists()
