"""What is hidden and what can be shared, whatever people and staff do, as Hypothesis tries."""

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from community.lineage import SourceHidden
from community.models import CommunityShare, Decision
from community.moderation import (
    finish_decisions,
    hide_share,
    unhide_deleted,
    unhide_share,
)
from community.saving import NotFoundOrNotPublic, save_session
from community.sharing import share_session
from sessions.deletion import delete_session
from sessions.models import Session
from tests.factories import make_person, make_share, set_price
from tests.state_machines import NUMBERS, PARTS, beginning, delete_everything, pick, run_part

pytestmark = pytest.mark.django_db(transaction=True)


@beginning
def begin_anew():
    set_price(0)
    share_of_a_new("person 1")


def share_of_a_new(name):
    """Of an address: an upload and its copies would take half of the test's time, and say nothing
    of hiding.
    """
    return make_share(make_person(name), slides=0)


class Hiding(RuleBasedStateMachine):
    """Sessions with their line of shares, and which of those are hidden, and by whose decision."""

    @initialize()
    def begin(self):
        begin_anew()
        self.number = 1
        self.lines = {}  # by session: the shares that it descends from, the first one first
        self.shares = {}  # by share: its session
        self.hidden = {}  # by share, also of those that are gone: whether by a decision of its own
        self.note(CommunityShare.objects.get())

    @rule()
    def make(self):
        self.number += 1
        self.note(share_of_a_new(f"person {self.number}"))

    def note(self, share):
        self.lines[share.session_id] = []
        self.shares[share.pk] = share.session_id

    @precondition(lambda self: self.shares)
    @rule(number=NUMBERS)
    def save(self, number):
        share = pick(sorted(self.shares), number)
        self.number += 1
        person = make_person(f"person {self.number}")
        if share in self.hidden:
            with pytest.raises(NotFoundOrNotPublic):
                save_session(community_session_id=share, user=person)
        else:
            saved = save_session(community_session_id=share, user=person).session_id
            self.lines[saved] = [*self.lines[self.shares[share]], share]

    @precondition(lambda self: self.lines)
    @rule(number=NUMBERS)
    def share(self, number):
        pk = pick(sorted(self.lines, reverse=True), number)
        session = Session.objects.get(pk=pk)
        if self.hidden.keys() & set(self.lines[pk]):
            with pytest.raises(SourceHidden):
                share_session(session=session)
        else:
            self.shares[share_session(session=session).pk] = pk

    def made_from(self, share):
        return [pk for pk, session in self.shares.items() if share in self.lines[session]]

    @precondition(lambda self: self.shares)
    @rule(number=NUMBERS, reaches_copies=st.booleans(), is_killed=st.booleans())
    def hide(self, number, reaches_copies, is_killed):
        share = pick(sorted(self.shares), number)
        hide_share(
            share=CommunityShare.objects.get(pk=share),
            reaches_copies=reaches_copies and not is_killed,
        )
        if reaches_copies and is_killed:
            last = Decision.objects.latest("pk").pk
            Decision.objects.filter(pk=last).update(reaches_copies=True, is_unfinished=True)
            finish_decisions()
        self.hidden[share] = True
        for copy in self.made_from(share) if reaches_copies else []:
            self.hidden.setdefault(copy, False)

    @precondition(lambda self: self.hidden)
    @rule(number=NUMBERS)
    def unhide(self, number):
        share = pick(sorted(self.hidden), number)
        if share in self.shares:
            unhide_share(share=CommunityShare.objects.get(pk=share))
        else:
            decisions = Decision.objects.on_hiding().filter(community_session_id=share)
            unhide_deleted(hidden=decisions.latest("pk"))
        del self.hidden[share]
        for copy in sorted(self.made_from(share)):
            line = self.lines[self.shares[copy]]
            if self.hidden.get(copy) is False and not self.hidden.keys() & set(line):
                del self.hidden[copy]

    @precondition(lambda self: self.lines)
    @rule(number=NUMBERS)
    def delete(self, number):
        pk = pick(sorted(self.lines), number)
        delete_session(session=Session.objects.get(pk=pk))
        del self.lines[pk]
        self.shares = {share: session for share, session in self.shares.items() if session != pk}

    @invariant()
    def what_is_hidden_is_what_staff_decided(self):
        shares = CommunityShare.objects.values_list("pk", "hidden_at")
        is_hidden = {pk: hidden_at is not None for pk, hidden_at in shares}
        assert is_hidden == {share: share in self.hidden for share in self.shares}

    @invariant()
    def every_session_knows_its_line(self):
        origins = Session.objects.owned().values_list("pk", "origins__community_session_id")
        expected = [(pk, origin) for pk, line in self.lines.items() for origin in line or [None]]
        assert Counter(origins) == Counter(expected)

    def teardown(self):
        delete_everything()


@pytest.mark.parametrize("part", PARTS[:2])
def test_what_is_hidden_is_known_whatever_happens(part):
    run_part(Hiding, part)
