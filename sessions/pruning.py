"""Orphans: objects under our key prefixes that no slide names, and that no copy will write.

A process that died, or a deletion that the store refused, leaves them. They count as orphans
only after a day: a copy that is under way writes an object before its row names it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import PurePosixPath
from uuid import UUID

from django.utils import timezone

from joip.media.buckets import GENERAL, USER_MEDIA, get_bucket
from sessions import renditions
from sessions.backup_leases import backup_runs
from sessions.models import SessionMedia
from sessions.object_copies import are_interrupted
from sessions.stored_objects import MAX_KEYS_A_STATEMENT, target_key, unnamed

ORPHAN_AGE = timedelta(days=1)

# By bucket, the prefixes that are listed, and the keys below them that are ours.
KEYS = {
    GENERAL: {"community/": re.compile(r"community/\d+/")},
    USER_MEDIA: {
        "users/": re.compile(r"users/\d+/manual-sessions/\d+/"),
        renditions.KEY_PREFIX: renditions.KEY,
    },
}


def old_objects(bucket: str) -> Iterator[str]:
    born_before = timezone.now() - ORPHAN_AGE
    for prefix, pattern in KEYS[bucket].items():
        for key, changed_at in get_bucket(bucket).objects(prefix):
            if are_interrupted():
                return
            if pattern.match(key) and changed_at < born_before:
                yield key


def orphans(bucket: str, keys: Iterable[str]) -> Iterator[str]:
    """Those of the keys that no slide names, and that are no slide's destination."""
    keys = iter(keys)
    while some := list(islice(keys, MAX_KEYS_A_STATEMENT)):
        destinations = destinations_of(some)
        yield from (key for key in unnamed(bucket, some) if (bucket, key) not in destinations)


def destinations_of(keys: Iterable[str]) -> set[tuple[str, str]]:
    """Bucket and target key of the slides whose names these keys contain, pending ones included."""
    slides = SessionMedia.objects.filter(name__in=filter(None, map(slide_name, keys)))
    return {(slide.session.bucket, target_key(slide)) for slide in slides.select_related("session")}


def slide_name(key: str) -> UUID | None:
    try:
        return UUID(PurePosixPath(key).stem)
    except ValueError:
        return None


class BackupRuns(Exception):
    """Nothing is deleted while a backup runs."""


def refuse_during_backup() -> None:
    if backup_runs():
        raise BackupRuns


def prune(bucket: str, key: str) -> bool:
    """Delete the object if it is still an orphan; whether it was one. Raises BackupRuns."""
    if not list(orphans(bucket, [key])):
        return False
    refuse_during_backup()
    get_bucket(bucket).delete(key)
    return True
