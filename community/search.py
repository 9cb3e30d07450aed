"""Search in the feed: each word of a search must begin a word of title, captions or creator.

A single letter must be a whole word, since most texts have a word that begins with it. Texts are
cut into words here, in the same way for both databases. PostgreSQL finds words by a full-text
index, SQLite by reading every entry.
"""

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection
from django.db.models import Func, Q, QuerySet, TextField
from django.db.models.functions import Cast

from joip.users.models import User
from sessions.models import Session

if TYPE_CHECKING:
    from community.models import SearchEntry  # noqa: F401  # named in a string

# Of a snapshot's words. A tsvector of PostgreSQL holds 1 MB, with the positions of words.
MAX_CHARACTERS = 100_000
MAX_WORD_LENGTH = 100  # longer words are cut: PostgreSQL leaves out those over 2 kB
MAX_WORDS = 10  # of a search; further words are ignored


class Document(Func):
    """A column of search entries that only PostgreSQL has: see the migration."""

    template = "document"
    output_field = SearchVectorField()


class SearchEntryQuerySet(QuerySet["SearchEntry"]):
    def with_words(self, text: str) -> "SearchEntryQuerySet":
        words = list(dict.fromkeys(words_of(text)))[:MAX_WORDS]
        if not words:
            return self.none()
        if connection.vendor == "postgresql":
            # Letters and digits only, so that none is an operator.
            terms = [word if len(word) == 1 else f"{word}:*" for word in words]
            query = SearchQuery(" & ".join(terms), config="simple", search_type="raw")
            return self.annotate(document=Document()).filter(document=query)
        found = self
        for word in words:
            text = f" {word} " if len(word) == 1 else f" {word}"
            found = found.filter(Q(words__contains=text) | Q(creator__contains=text))
        return found

    def of_subreddit(self, name: str) -> "SearchEntryQuerySet":
        if connection.vendor == "postgresql":
            return self.filter(subreddits__contains=[name.lower()])
        listed = self.annotate(listed=Cast("subreddits", TextField()))
        return listed.filter(listed__contains=json.dumps(name.lower()))


def searched_in(snapshot: Session, creator: User) -> dict[str, Any]:
    captions = snapshot.media.exclude(caption="").values_list("caption", flat=True)
    text = " ".join([snapshot.title, *captions])[:MAX_CHARACTERS]
    return {
        "words": line_of(text)[:MAX_CHARACTERS],
        "creator": line_of(creator.public_name),
        "subreddits": [name.lower() for name in snapshot.subreddits],
    }


def line_of(text: str) -> str:
    """The words with a space before and after each, which lets SQLite find where words begin."""
    return " ".join(["", *words_of(text), ""])


def words_of(text: str) -> list[str]:
    """The words of a text, without case and accents: "Ålesund, 3 p.m." gives alesund, 3, p, m."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.category(sign).startswith("M"))
    return [word[:MAX_WORD_LENGTH] for word in re.findall(r"[^\W_]+", letters)]
