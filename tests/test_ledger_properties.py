"""Credits and saves, whatever people do in whatever order, as Hypothesis tries."""

from typing import NamedTuple

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from community.models import CommunityShare
from community.moderation import hide_share, unhide_share
from community.saving import NotFoundOrNotPublic, NotSharedToCommunity, save_session
from community.sharing import share_session, withdraw_session
from credits.ledger import InsufficientCredits, adjust, balance_of, grant
from credits.pricing import FeaturePricingMissing
from sessions.copying import MediaCopyFailed
from sessions.deletion import delete_session
from sessions.editing import create_session
from sessions.models import Session, SessionMedia
from tests.factories import make_person, make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.state_machines import NUMBERS, PARTS, begin_anew, delete_everything, pick, run_part

pytestmark = pytest.mark.django_db(transaction=True)


class Save(NamedTuple):
    session: int
    snapshot: int  # that it began with
    ready: bool


class Community(RuleBasedStateMachine):
    """Who has how many credits, who saved what, and which shares are open and can be copied."""

    shares = Bundle("shares")  # their ids, also of those that are gone
    people = st.sampled_from(["ann", "ben", "cleo"])

    @initialize(target=shares)
    def begin(self):
        begin_anew()
        self.person = {name: make_person(name, balance=20) for name in ("ann", "ben", "cleo")}
        self.balance = dict.fromkeys(self.person, 20)
        self.originals = {}  # by the id of their share
        self.snapshots = {}  # by that id: the one that is offered, unless it is withdrawn
        self.hidden = set()  # of those ids
        self.counts = {}  # by that id: how often it was saved
        self.lost = {}  # by snapshot: the object that the store has lost
        self.saves = {}  # by person and share
        self.change_price(10)
        return multiple(*[self.share(name) for name in self.person])

    @rule(name=people, amount=st.integers(1, 20))
    def grant(self, name, amount):
        grant(user=self.person[name], amount=amount, note="for a test")
        self.balance[name] += amount

    @rule(name=people, amount=st.integers(-20, 20).filter(bool))
    def adjust(self, name, amount):
        if self.balance[name] + amount < 0:
            with pytest.raises(InsufficientCredits):
                adjust(user=self.person[name], amount=amount, note="for a test")
        else:
            adjust(user=self.person[name], amount=amount, note="for a test")
            self.balance[name] += amount

    @rule(cost=st.integers(1, 20) | st.none())
    def change_price(self, cost):
        self.price = cost
        set_price(cost or 0, is_active=cost is not None)

    @rule(name=people)
    def create(self, name):
        if refusal := self.refusal_of_charge(name):
            with pytest.raises(refusal):
                create_session(user=self.person[name], title="Fjords in May")
        else:
            session = create_session(user=self.person[name], title="Fjords in May")
            assert session.charge.amount == -self.price
            self.balance[name] -= self.price

    @rule(target=shares, name=people)
    def share(self, name):
        share = make_share(self.person[name], slides=2)
        self.originals[share.pk] = share.session_id
        self.snapshots[share.pk] = share.snapshot_id
        self.counts[share.pk] = 0
        return share.pk

    @precondition(lambda self: self.originals)
    @rule(number=NUMBERS)
    def share_again(self, number):
        share = pick(sorted(self.originals), number)
        session = Session.objects.get(pk=self.originals[share])
        self.snapshots[share] = share_session(session=session).snapshot_id

    @precondition(lambda self: self.snapshots)
    @rule(number=NUMBERS)
    def withdraw(self, number):
        share = pick(sorted(self.snapshots), number)
        withdraw_session(session=Session.objects.get(pk=self.originals[share]))
        del self.snapshots[share]

    @precondition(lambda self: self.originals)
    @rule(number=NUMBERS)
    def hide_or_unhide(self, number):
        share = CommunityShare.objects.get(pk=pick(sorted(self.originals), number))
        deed = unhide_share if share.pk in self.hidden else hide_share
        deed(share=share)
        self.hidden ^= {share.pk}

    @precondition(lambda self: set(self.snapshots.values()) - self.lost.keys())
    @rule(number=NUMBERS)
    def lose_an_object(self, number):
        snapshot = pick(sorted(set(self.snapshots.values()) - self.lost.keys()), number)
        slide = SessionMedia.objects.filter(session=snapshot).first()
        with storages[slide.bucket].open(slide.key) as file:
            self.lost[snapshot] = slide, file.read()
        storages[slide.bucket].delete(slide.key)

    @precondition(lambda self: self.lost)
    @rule()
    def find_one_again(self):
        _, (slide, content) = self.lost.popitem()
        if SessionMedia.objects.filter(pk=slide.pk).exists():
            storages[slide.bucket].put(slide.key, ContentFile(content), slide.content_type)

    @rule(share=shares, names=st.lists(people, min_size=1, max_size=4))
    def save(self, share, names):
        for name in names:
            self.save_once(name, share)

    @precondition(lambda self: self.failed())
    @rule(number=NUMBERS)
    def save_again_what_failed(self, number):
        self.save_once(*pick(self.failed(), number))

    def failed(self):
        return [key for key, save in self.saves.items() if not save.ready]

    def save_once(self, name, share):
        earlier = self.saves.get((name, share))
        if earlier and earlier.ready:
            assert self.ask_to_save(name, share) == (earlier.session, True)
            return
        if refusal := self.refusal_of_save(name, share):
            with pytest.raises(refusal):
                self.ask_to_save(name, share)
            return
        snapshot = earlier.snapshot if earlier else self.snapshots[share]
        if snapshot in self.lost:
            with pytest.raises(MediaCopyFailed):
                self.ask_to_save(name, share)
        else:
            assert not self.ask_to_save(name, share).reused
            self.balance[name] -= self.price
        saved = self.person[name].library.saved_from(share).get()
        assert earlier in (None, Save(saved.pk, snapshot, ready=False))
        self.saves[name, share] = Save(saved.pk, snapshot, ready=snapshot not in self.lost)
        self.counts[share] += not earlier

    def ask_to_save(self, name, share):
        return save_session(community_session_id=share, user=self.person[name])

    def refusal_of_save(self, name, share):
        if share not in self.originals or share in self.hidden:
            return NotFoundOrNotPublic
        if share not in self.snapshots:
            return NotSharedToCommunity
        return self.refusal_of_charge(name)

    def refusal_of_charge(self, name):
        if self.price is None:
            return FeaturePricingMissing
        return InsufficientCredits if self.balance[name] < self.price else None

    @precondition(lambda self: Session.objects.owned().exists())
    @rule(number=NUMBERS)
    def delete(self, number):
        session = pick(Session.objects.owned().order_by("-import_url", "-pk"), number)
        delete_session(session=session)
        self.saves = {key: save for key, save in self.saves.items() if save.session != session.pk}
        for share in [share for share, pk in self.originals.items() if pk == session.pk]:
            for known in (self.originals, self.snapshots, self.counts):
                known.pop(share, None)
            self.hidden.discard(share)

    @invariant()
    def everybody_has_what_the_ledger_says(self):
        check_ledger()
        balances = {name: balance_of(person) for name, person in self.person.items()}
        assert balances == self.balance
        assert min(balances.values()) >= 0

    @invariant()
    def every_save_is_in_its_library_once(self):
        saved = Session.objects.exclude(import_url="")
        expected = [
            (name, f"community:{share}", save.session, "ready" if save.ready else "failed")
            for (name, share), save in self.saves.items()
        ]
        fields = ("owner__username", "import_url", "pk", "media_status")
        assert sorted(saved.values_list(*fields)) == sorted(expected)

    @invariant()
    def every_share_shows_its_snapshot_and_its_count(self):
        check_shares()
        shares = CommunityShare.objects.values_list("pk", "snapshot", "save_count")
        assert sorted(shares) == sorted(
            (share, self.snapshots.get(share), self.counts[share]) for share in self.originals
        )

    def teardown(self):
        while self.lost:
            self.find_one_again()
        check_objects()
        delete_everything()
        check_ledger()


@pytest.mark.parametrize("part", PARTS)
def test_the_ledger_is_right_whatever_happens(part):
    run_part(Community, part)
