"""A search finds the same as a plain reading of the texts does, whatever they are."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from community.models import SearchEntry
from joip.users.models import User
from joip.words import line_of, words_of
from sessions.models import Session, SessionMedia
from sessions.search import with_words

pytestmark = pytest.mark.django_db

WITHOUT_BLANKS = "東京都の夜カガー\u3099한국ไทยก้า"
SIGNS = [
    *"aAåbcø0١ßıİéσςйи'- _%\n",
    *["\u0308", "\u00ad", "\u200d", "\ufb01", "\uff76", "दि", "न", "שָ", "كَ"],
    *WITHOUT_BLANKS,
]
TEXTS = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)
SEARCHES = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=5).map("".join)


def has(word, texts):
    """Whether a word of the texts is found by this word of a search."""
    present = [one for text in texts for one in words_of(text)]
    if len(word) > 1:
        beginnings = [one for one in present if one.startswith(word)]
    else:
        beginnings = [one for one in present if one == word]
    is_part = word[0] in WITHOUT_BLANKS
    return any(word in one for one in present) if is_part else bool(beginnings)


def expected(search, texts):
    words = words_of(search)
    return bool(words) and all(has(word, texts) for word in words)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5), st.data())
@settings(derandomize=True, max_examples=25, phases=[Phase.generate])
def test_feed_and_library_find_what_a_reading_of_the_texts_finds(texts, data):
    owner, _ = User.objects.get_or_create(username="owner")
    Session.objects.filter(owner=owner).delete()
    for title, author, caption in texts:
        session = Session.objects.create(owner=owner, title=title, original_author=author)
        SessionMedia.objects.create(
            session=session, order=0, caption=caption, external_url="https://example.org/a"
        )
        SearchEntry.objects.create(
            snapshot=session, words=line_of(title) + line_of(caption), creator=line_of(author)
        )
    pieces = [text[at : at + 3] for row in texts for text in row for at in range(0, len(text), 2)]
    for search in [data.draw(SEARCHES), *data.draw(st.permutations(pieces))[:6]]:
        right = [row for row in texts if expected(search, row)]
        entries = SearchEntry.objects.with_words(search).select_related("snapshot")
        for found in (with_words(owner.library, search), [entry.snapshot for entry in entries]):
            rows = [(one.title, one.original_author, one.media.get().caption) for one in found]
            assert sorted(rows) == sorted(right), search
