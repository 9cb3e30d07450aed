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
from credits.models import CreditAccount
from credits.pricing import FeaturePricingMissing
from joip.users.models import User
from sessions.copying import MediaCopyFailed
from sessions.deletion import delete_session
from sessions.editing import create_session, edit_session
from sessions.models import Session, SessionMedia
from tests.factories import make_person, make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.state_machines import NUMBERS, PARTS, beginning, delete_everything, pick, run_part

pytestmark = pytest.mark.django_db(transaction=True)


class Save(NamedTuple):
    session: int
    snapshot: int  # that it began with
    ready: bool
    paid: bool


NAMES = ("ann", "ben", "cleo")


@beginning
def begin_anew():
    for name in NAMES:
        make_share(make_person(name, balance=20), slides=2)


class Community(RuleBasedStateMachine):
    """Who has how many credits, who saved what, and which shares are open and can be copied."""

    shares = Bundle("shares")  # their ids, also of those that are gone
    people = st.sampled_from(NAMES)

    @initialize(target=shares)
    def begin(self):
        begin_anew()
        self.person = {person.username: person for person in User.objects.all()}
        self.balance = dict.fromkeys(self.person, 20)
        self.originals = {}  # by the id of their share
        self.public, self.public_before = set(), set()  # of those ids
        self.snapshots = {}  # by that id: the one that is offered, unless it is withdrawn
        self.hidden = set()  # of those ids
        self.counts = {}  # by that id: paid saves, and free ones that are there
        self.lost = {}  # by snapshot: the object that the store has lost
        self.saves = {}  # by person and share
        self.sessions = set()  # the ids of all in libraries
        self.change_price(10)
        return multiple(*map(self.note, CommunityShare.objects.order_by("pk")))

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

    @rule(cost=st.integers(0, 20) | st.none())
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
            assert (session.charge.amount if session.charge else 0) == -self.price
            self.balance[name] -= self.price
            self.sessions.add(session.pk)

    @rule(target=shares, name=people)
    def share(self, name):
        return self.note(make_share(self.person[name], slides=2))

    def note(self, share):
        self.sessions.add(share.session_id)
        self.originals[share.pk] = share.session_id
        self.snapshots[share.pk] = share.snapshot_id
        self.public.add(share.pk)
        self.counts[share.pk] = 0
        return share.pk

    @precondition(lambda self: self.originals)
    @rule(number=NUMBERS)
    def share_again(self, number):
        share = pick(sorted(self.originals), number)
        session = Session.objects.get(pk=self.originals[share])
        if share not in self.snapshots:
            self.public_before -= {share}
            self.public_before |= {share} & self.public
        self.snapshots[share] = share_session(session=session).snapshot_id
        self.public.add(share)

    @precondition(lambda self: self.snapshots)
    @rule(number=NUMBERS)
    def withdraw(self, number):
        share = pick(sorted(self.snapshots), number)
        withdraw_session(session=Session.objects.get(pk=self.originals[share]))
        del self.snapshots[share]
        if share not in self.public_before:
            self.public.remove(share)

    @precondition(lambda self: self.originals)
    @rule(number=NUMBERS, is_public=st.booleans())
    def make_public_or_private(self, number, is_public):
        share = pick(sorted(self.originals), number)
        session = Session.objects.get(pk=self.originals[share])
        edit_session(session=session, is_public=is_public)
        if is_public:
            self.public.add(share)
        else:
            self.public.discard(share)
            self.snapshots.pop(share, None)

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
        self.lost[snapshot] = slide, b"".join(storages[slide.bucket].chunks(slide.key))
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
        snapshot = self.snapshots[share]  # a failed copy has let go of any other
        if snapshot in self.lost:
            with pytest.raises(MediaCopyFailed):
                self.ask_to_save(name, share)
        else:
            assert not self.ask_to_save(name, share).reused
            self.balance[name] -= self.price
        saved = self.person[name].library.saved_from(share).get()
        assert earlier is None or earlier.session == saved.pk
        self.sessions.add(saved.pk)
        ready = snapshot not in self.lost
        self.saves[name, share] = Save(saved.pk, snapshot, ready, paid=ready and self.price > 0)
        self.counts[share] += ready

    def ask_to_save(self, name, share):
        return save_session(community_session_id=share, user=self.person[name])

    def refusal_of_save(self, name, share):
        if share not in self.public or share in self.hidden:
            return NotFoundOrNotPublic
        if share not in self.snapshots:
            return NotSharedToCommunity
        return self.refusal_of_charge(name)

    def refusal_of_charge(self, name):
        if self.price is None:
            return FeaturePricingMissing
        return InsufficientCredits if self.balance[name] < self.price else None

    @precondition(lambda self: self.sessions)
    @rule(number=NUMBERS)
    def delete(self, number):
        session = pick(Session.objects.owned().order_by("-import_url", "-pk"), number)
        delete_session(session=session)
        self.sessions.remove(session.pk)
        for (_, share), save in self.saves.items():
            if save.session == session.pk and save.ready and not save.paid and share in self.counts:
                self.counts[share] -= 1
        self.saves = {key: save for key, save in self.saves.items() if save.session != session.pk}
        for share in [share for share, pk in self.originals.items() if pk == session.pk]:
            for known in (self.originals, self.snapshots, self.counts):
                known.pop(share, None)
            for ids in (self.hidden, self.public, self.public_before):
                ids.discard(share)

    @invariant()
    def everybody_has_what_the_ledger_says(self):
        check_ledger(free={save.session for save in self.saves.values() if not save.paid})
        balances = dict(CreditAccount.objects.values_list("user__username", "balance"))
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
        shares = CommunityShare.objects.values_list(
            "pk", "snapshot", "save_count", "session__is_public"
        )
        assert sorted(shares) == sorted(
            (share, self.snapshots.get(share), self.counts[share], share in self.public)
            for share in self.originals
        )

    def teardown(self):
        while self.lost:
            self.find_one_again()
        for name, person in self.person.items():
            assert balance_of(person) == self.balance[name]
        check_objects()
        delete_everything()
        check_ledger()


@pytest.mark.parametrize("part", PARTS)
def test_the_ledger_is_right_whatever_happens(part):
    run_part(Community, part)
