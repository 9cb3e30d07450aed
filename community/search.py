"""Search in the feed: every word that is asked for begins a word of title, captions or creator.

Words are cut here, in one way for both databases. PostgreSQL finds them by its full-text
index, SQLite by looking through every entry.
"""

import json
import re
import unicodedata

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection
from django.db.models import Func, Q, QuerySet, TextField
from django.db.models.functions import Cast

from community.models import SearchEntry
from joip.display_names import display_name
from sessions.models import Session

# An edition's words, in characters. PostgreSQL takes a megabyte of them, positions included.
MOST_CHARACTERS = 100_000
LONGEST_WORD = 100  # characters; longer ones are cut, since PostgreSQL leaves out those over 2 kB


class Document(Func):
    """A search entry's column that only PostgreSQL has: see the migration that makes it."""

    template = "document"
    output_field = SearchVectorField()


def words_of(text: str) -> list[str]:
    """The words of a text without case and accents: "Ålesund, 3 p.m." is alesund, 3, p, m."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", letters)]


def line_of(text: str) -> str:
    """The words with a blank before each, by which SQLite knows where one begins."""
    return "".join(f" {word}" for word in words_of(text))


def add_search_entry(*, edition: Session, creator: AbstractUser) -> SearchEntry:
    """Let the edition be found by its title, its captions and its creator's display name."""
    return SearchEntry.objects.create(edition=edition, **searched_in(edition, creator))


def searched_in(edition: Session, creator: AbstractUser) -> dict:
    """The fields of its search entry."""
    captions = edition.media.exclude(caption="").values_list("caption", flat=True)
    return {
        "words": line_of(" ".join([edition.title, *captions]))[:MOST_CHARACTERS],
        "creator": line_of(display_name(creator)),
        "subreddits": [name.lower() for name in edition.subreddits],
    }


def rename_creator(*, user: AbstractUser) -> None:
    """Let what the person shares be found by their present display name, and no other."""
    entries = SearchEntry.objects.filter(edition__snapshot_of__owner=user)
    entries.update(creator=line_of(display_name(user)))


def entries_with_words(text: str) -> QuerySet:
    """Those that have all words of the text; none if it has no words."""
    words = words_of(text)
    entries = SearchEntry.objects.all()
    if not words:
        return entries.none()
    if connection.vendor == "postgresql":
        # Letters and digits only, so that none is an operator.
        prefixes = " & ".join(f"{word}:*" for word in words)
        query = SearchQuery(prefixes, config="simple", search_type="raw")
        return entries.annotate(document=Document()).filter(document=query)
    for word in words:
        entries = entries.filter(Q(words__contains=f" {word}") | Q(creator__contains=f" {word}"))
    return entries


def entries_of_subreddit(name: str) -> QuerySet:
    """Those of editions that take from this subreddit, whatever its case."""
    if connection.vendor == "postgresql":
        return SearchEntry.objects.filter(subreddits__contains=[name.lower()])
    listed = Cast("subreddits", TextField())
    return SearchEntry.objects.annotate(listed=listed).filter(
        listed__contains=json.dumps(name.lower())
    )
