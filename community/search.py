"""Search in the feed: each word of a search must begin a word of title, captions or creator.

`joip.words` says what words are. PostgreSQL finds them by a full-text index, SQLite by reading
every entry.
"""

import json
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from joip.users.models import User
from joip.words import line_of, pieces_of
from sessions.models import Session

if TYPE_CHECKING:
    from community.models import SearchEntry  # noqa: F401  # named in a string

# Of a snapshot's words: more would not fit into a tsvector of PostgreSQL, which holds 1 MB.
MAX_CHARACTERS = 100_000


class DocumentMatches(Func):
    """`document` is a column of search entries that only PostgreSQL has: see the migration."""

    template = "document @@ (%(expressions)s)::tsquery"
    output_field = BooleanField()


class SearchEntryQuerySet(QuerySet["SearchEntry"]):
    def with_words(self, text: str) -> "SearchEntryQuerySet":
        pieces = pieces_of(text)
        if not pieces:
            return self.none()
        found = self
        if connection.vendor == "postgresql":
            found = found.filter(DocumentMatches(Value(tsquery_of(pieces))))
            # The index knows no order: of 東京都 it finds 京都と東京 as well.
            pieces = [piece for piece in pieces if len(piece.split()) > 1]
        for piece in pieces:
            found = found.filter(Q(words__contains=piece) | Q(creator__contains=piece))
        return found

    def of_subreddit(self, name: str) -> "SearchEntryQuerySet":
        if connection.vendor == "postgresql":
            return self.filter(subreddits__contains=[name.lower()])
        listed = self.annotate(listed=Cast("subreddits", TextField()))
        return listed.filter(listed__contains=json.dumps(name.lower()))


def tsquery_of(pieces: list[str]) -> str:
    """The words of a piece, of which the last may be a beginning. Words hold no quotes."""
    terms = []
    for piece in pieces:
        *whole, last = piece.split()
        terms += [f"'{word}'" for word in whole]
        terms.append(f"'{last}'" if piece.endswith(" ") else f"'{last}':*")
    return " & ".join(terms)


def searched_in(snapshot: Session, creator: User) -> dict[str, Any]:
    lines = [line_of(snapshot.title), *snapshot.media.values_list("words", flat=True)]
    return {
        "words": "".join(lines)[:MAX_CHARACTERS],
        "creator": line_of(creator.public_name),
        "subreddits": [name.lower() for name in snapshot.subreddits],
    }
