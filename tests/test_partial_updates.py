"""A change touches what was sent and nothing else, whatever is sent, as Hypothesis tries."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.models import Category
from sessions.uploading import add_external_media
from tests.factories import make_session

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = {"external_url": "https://example.org/a.jpg", "media_type": "image"}
ELSEWHERE_TOO = ELSEWHERE | {"external_url": "https://example.org/b.jpg"}
MUCH = settings(derandomize=True, max_examples=80)

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
    "audience": st.just("community"),
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
        is_newer = after["session"].pop("updatedAt") > before["session"].pop("updatedAt")
        assert is_newer == bool(body.keys() - {"isFavorite", "isPublic"})  # what a copy would take
        seen_by = {"audience": "members" if body.get("isPublic") else "private"}
        assert after == before | {"session": before["session"] | body | seen_by}

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
