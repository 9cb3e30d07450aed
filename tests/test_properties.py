"""What holds whatever people do, in whatever order: Hypothesis tries to find an exception.

Each `RuleBasedStateMachine` is a small model in plain Python; after every step the
service must agree with it.
"""

from typing import NamedTuple

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from community.saving import SessionNotFound, save_session
from credits.ledger import InsufficientCredits, adjust, balance_of, grant
from credits.pricing import FeaturePricingMissing
from joip.errors import InvalidFields
from sessions.claims import MediaCopyFailed
from sessions.deletion import delete_session
from sessions.editing import create_session, delete_slide, edit_slide, reorder_slides
from sessions.models import Category, Session, SessionMedia
from sessions.uploading import add_external_media
from tests.factories import add_slides, make_person, make_session, make_share, set_price
from tests.ledgers import check_ledger, check_objects

pytestmark = pytest.mark.django_db(transaction=True)

LITTLE = settings(derandomize=True, deadline=None, max_examples=40, stateful_step_count=30)
MUCH = settings(derandomize=True, deadline=None, max_examples=80)

ELSEWHERE = {"external_url": "https://example.org/a.jpg", "media_type": "image"}
ELSEWHERE_TOO = ELSEWHERE | {"external_url": "https://example.org/b.jpg"}
NUMBERS = st.integers(0, 9)  # which one of those that there are


def pick(things, number):
    return things[number % len(things)]


def begin_anew():
    """An empty database, as at the beginning of every test."""
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


# --- the order of slides -----------------------------------------------------


class Slideshow(RuleBasedStateMachine):
    """Slides are in the order of a list, numbered from 0 without gaps, one thumbnail at most."""

    @initialize()
    def begin(self):
        begin_anew()
        owner = make_person("owner")
        self.session = make_session(owner, slides=0)
        self.foreign = make_session(owner, slides=1).media.get().pk
        self.slides = []
        self.thumbnail = None

    @rule(count=st.integers(1, 3))
    def add_media_elsewhere(self, count):
        added = add_external_media(session=self.session, media=[ELSEWHERE] * count)
        self.slides += [slide.pk for slide in added]

    @rule(number=NUMBERS)
    def upload_a_picture(self, number):
        (slide,) = add_slides(self.session, number)
        self.slides.append(slide.pk)

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS)
    def delete(self, number):
        slide = self.slide(number)
        delete_slide(slide=slide)
        self.slides.remove(slide.pk)
        self.thumbnail = None if self.thumbnail == slide.pk else self.thumbnail

    @rule(chance=st.randoms(use_true_random=False))
    def reorder(self, chance):
        chance.shuffle(self.slides)
        reorder_slides(session=self.session, media_ids=self.slides)

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS, on=st.booleans())
    def set_thumbnail(self, number, on):
        slide = self.slide(number)
        edit_slide(slide=slide, is_thumbnail=on)
        if on or self.thumbnail == slide.pk:
            self.thumbnail = slide.pk if on else None

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS, chance=st.randoms(use_true_random=False))
    def any_other_order_is_refused(self, number, chance):
        one = self.slide(number).pk
        rest = [pk for pk in self.slides if pk != one]
        for wrong in (rest, [*self.slides, one], [*rest, self.foreign], [*rest, *rest[:1]]):
            chance.shuffle(wrong)
            with pytest.raises(InvalidFields):
                reorder_slides(session=self.session, media_ids=wrong)

    def slide(self, number):
        return SessionMedia.objects.get(pk=pick(self.slides, number))

    @invariant()
    def slides_are_as_in_the_list(self):
        slides = self.session.media.values_list("pk", "order", "is_thumbnail")
        expected = [(pk, n, pk == self.thumbnail) for n, pk in enumerate(self.slides)]
        assert list(slides) == expected

    def teardown(self):
        check_objects()
        delete_everything()


def delete_everything():
    """Session by session, as people do; then nothing is left, snapshots and objects included."""
    for session in Session.objects.owned():
        delete_session(session=session)
    assert not Session.objects.exists()
    assert [list(storages[bucket].objects("")) for bucket in ("general", "user-media")] == [[], []]


def test_slides_keep_their_order_without_gaps():
    run_state_machine_as_test(Slideshow, settings=LITTLE)


# --- partial updates ---------------------------------------------------------

words = st.text(st.characters(exclude_categories=["C"]), max_size=50).map(str.strip)
names = words.filter(bool)
nonsense = st.text("xz", min_size=1)  # "y" is yes
too_small_or_large = st.integers(max_value=0) | st.integers(min_value=61)

GOOD = {
    "title": names,
    "subreddits": st.lists(names, max_size=3),
    "categoryId": st.sampled_from([1, 2]),
    "transition": st.sampled_from(["fade", "slide", "zoom", "flip", "none"]),
    "captionTheme": words,
    "aiPrompt": words,
    "isPublic": st.booleans(),
    "isFavorite": st.booleans(),
    "isManualMode": st.booleans(),
}
INTERVALS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"intervalMin": st.integers(1, 10)}),  # up to the default of the other
    st.fixed_dictionaries({"intervalMax": st.integers(3, 60)}),
    st.lists(st.integers(1, 60), min_size=2, max_size=2).map(
        lambda both: {"intervalMin": min(both), "intervalMax": max(both)}
    ),
)
BAD = {
    "title": st.sampled_from(["", " ", None, "a" * 201, "nul\0"]),
    "subreddits": st.none() | st.integers() | st.just([""]) | st.just(["a" * 51]),
    "categoryId": st.integers(min_value=3) | nonsense,
    "intervalMin": too_small_or_large | st.none() | nonsense,
    "intervalMax": too_small_or_large | st.none() | nonsense,
    "transition": nonsense | st.none(),
    "captionTheme": st.sampled_from([None, [], "a" * 101]),
    "aiPrompt": st.sampled_from([None, [], "a" * 10_001]),
    "isPublic": st.none() | nonsense,
    "isFavorite": st.none() | nonsense,
    "isManualMode": st.none() | nonsense,
    "id": st.integers(),
    "userId": st.integers(),
    "importUrl": words,
    "mediaStatus": st.just("ready"),
}
GOOD_OF_A_SLIDE = {"caption": words, "isThumbnail": st.booleans()}
BAD_OF_A_SLIDE = {
    "caption": st.sampled_from([None, [], "a" * 2001]),
    "isThumbnail": st.none() | nonsense,
    "order": st.integers(),
    "mediaUrl": st.just("https://example.org/b.jpg"),
}

some_of_a_session = st.builds(dict.__or__, st.fixed_dictionaries({}, optional=GOOD), INTERVALS)
some_of_a_slide = st.fixed_dictionaries({}, optional=GOOD_OF_A_SLIDE)


def one_of(fields):
    return st.one_of([st.tuples(st.just(name), values) for name, values in fields.items()])


@pytest.fixture
def library(client, author):
    """Makes sessions of two slides, as they are shown, and sends changes to an address."""
    Category.objects.create(pk=1, name="Travel", slug="travel", is_default=True)
    Category.objects.create(pk=2, name="Recipes", slug="recipes")
    client.force_login(author)
    return Library(client, author)


class Library(NamedTuple):
    client: object
    owner: object

    def make(self):
        session = make_session(self.owner, slides=0, subreddits=["norway"])
        add_external_media(session=session, media=[ELSEWHERE, ELSEWHERE_TOO])
        address = f"/api/sessions/{session.pk}"
        shown = self.show(address)
        return address, f"{address}/media/{shown['media'][1]['id']}", shown

    def show(self, address):
        return self.client.get(address).json()

    def change(self, address, body):
        answer = self.client.patch(address, body, "json")
        return answer.status_code, answer.json()


def test_a_change_of_a_session_touches_what_was_sent_and_nothing_else(library):
    @MUCH
    @given(some_of_a_session)
    def holds(body):
        address, _, before = library.make()
        status, told = library.change(address, body)
        after = library.show(address)
        assert (status, told) == (200, after["session"])
        assert after["session"].pop("updatedAt") > before["session"].pop("updatedAt")
        assert after == before | {"session": before["session"] | body}

    holds()


def test_a_change_of_a_slide_touches_what_was_sent_and_nothing_else(library):
    @MUCH
    @given(some_of_a_slide)
    def holds(body):
        address, of_slide, before = library.make()
        first, second = before["media"]
        status, told = library.change(of_slide, body)
        assert (status, told) == (200, second | body)
        after = library.show(address)
        assert after["session"].pop("updatedAt") > before["session"].pop("updatedAt")
        thumbnail = second["thumbnail"] if body.get("isThumbnail") else first["thumbnail"]
        assert after == {
            "session": before["session"] | {"thumbnail": thumbnail},
            "media": [first, second | body],
        }

    holds()


def test_one_bad_field_is_named_and_nothing_changes(library):
    @MUCH
    @given(some_of_a_session, one_of(BAD), some_of_a_slide, one_of(BAD_OF_A_SLIDE))
    def holds(body, bad, body_of_slide, bad_of_slide):
        address, of_slide, before = library.make()
        for there, good, (name, value) in (
            (address, body, bad),
            (of_slide, body_of_slide, bad_of_slide),
        ):
            status, told = library.change(there, good | {name: value})
            named = {field.partition(".")[0] for field in told["fields"]}
            assert (status, named) == (400, {name})
        assert library.show(address) == before

    holds()


# --- the ledger --------------------------------------------------------------


class Save(NamedTuple):
    session: int
    ready: bool


class Community(RuleBasedStateMachine):
    """Who has how many credits, who saved what, and which shares can be copied."""

    shares = Bundle("shares")  # their ids, also of those that are gone
    people = st.sampled_from(["Ann", "Ben", "Cleo"])

    @initialize(target=shares)
    def begin(self):
        begin_anew()
        self.person = {name: make_person(name, balance=20) for name in ("Ann", "Ben", "Cleo")}
        self.balance = dict.fromkeys(self.person, 20)
        self.originals = {}  # by the id of their share
        self.lost = {}  # by that id: the object that the store has lost
        self.saves = {}  # by person and that id
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
        return share.pk

    @precondition(lambda self: self.originals.keys() - self.lost)
    @rule(number=NUMBERS)
    def lose_an_object(self, number):
        share = pick(sorted(self.originals.keys() - self.lost), number)
        slide = SessionMedia.objects.filter(session__snapshot_of=self.originals[share]).first()
        with storages[slide.bucket].open(slide.key) as file:
            self.lost[share] = slide, file.read()
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
        elif refusal := self.refusal_of_save(name, share):
            with pytest.raises(refusal):
                self.ask_to_save(name, share)
        elif share in self.lost:
            with pytest.raises(MediaCopyFailed):
                self.ask_to_save(name, share)
            failed = self.person[name].library.saved_from(share).get()
            assert earlier in (None, Save(failed.pk, ready=False))
            self.saves[name, share] = Save(failed.pk, ready=False)
        else:
            session, reused = self.ask_to_save(name, share)
            assert not reused
            assert earlier in (None, Save(session, ready=False))
            self.saves[name, share] = Save(session, ready=True)
            self.balance[name] -= self.price

    def ask_to_save(self, name, share):
        return save_session(community_session_id=share, user=self.person[name])

    def refusal_of_save(self, name, share):
        return self.refusal_of_charge(name) if share in self.originals else SessionNotFound

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
        self.originals = {share: pk for share, pk in self.originals.items() if pk != session.pk}

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

    def teardown(self):
        while self.lost:
            self.find_one_again()
        check_objects()
        delete_everything()
        check_ledger()


def test_the_ledger_is_right_whatever_happens():
    run_state_machine_as_test(Community, settings=LITTLE)
