"""Orphans: objects under a place of ours that no slide names, nor will.

A save that died, a deletion that the store refused or an upload that broke off
leaves them. Only objects older than a day count: a copy still under way may
have written its object a moment before its row says so.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import storages
from django.utils import timezone

from sessions.deletion import KEYS_A_STATEMENT, unnamed
from sessions.models import GENERAL, USER_MEDIA, SessionMedia

ORPHAN_AGE = timedelta(days=1)

PLACES = {
    GENERAL: ("community/", re.compile(r"community/\d+/")),
    USER_MEDIA: ("users/", re.compile(r"users/\d+/manual-sessions/\d+/")),
}


def old_objects(bucket: str) -> Iterator[str]:
    """The keys under a place in this bucket whose objects are old enough to be orphans."""
    prefix, place = PLACES[bucket]
    born_before = timezone.now() - ORPHAN_AGE
    for key, changed_at in storages[bucket].objects(prefix):
        if place.match(key) and changed_at < born_before:
            yield key


def orphans(bucket: str, keys: Iterable[str]) -> Iterator[str]:
    """Those of the keys that no slide names, and that are no slide's destination."""
    keys = iter(keys)
    while some := list(islice(keys, KEYS_A_STATEMENT)):
        destinations = homes(some)
        yield from (key for key in unnamed(bucket, some) if (bucket, key) not in destinations)


def homes(keys: Iterable[str]) -> set[tuple[str, str]]:
    """Where the slides whose names these keys carry belong, landed or pending."""
    slides = SessionMedia.objects.filter(name__in=filter(None, map(slide_name, keys)))
    return {(slide.session.bucket, slide.home_key) for slide in slides.select_related("session")}


def slide_name(key: str) -> UUID | None:
    try:
        return UUID(PurePosixPath(key).stem)
    except ValueError:
        return None


def prune(bucket: str, key: str) -> bool:
    """Delete the object if it is still an orphan; whether it was."""
    if not list(orphans(bucket, [key])):
        return False
    storages[bucket].delete(key)
    return True
