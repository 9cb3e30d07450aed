"""Looks for anything that is not as it always should be, in the rows and in the media store."""

from collections.abc import Iterator
from itertools import chain
from re import Pattern

from joip.media.buckets import get_bucket
from joip.media.copy_errors import SourceMissing
from joip.media.store_problems import store_problems
from joip.operations.backups.object_lists import NamedObject, ObjectLists, in_batches, named_by
from joip.operations.backups.patience import patiently
from joip.operations.backups.progress import Progress, silently
from joip.operations.database_snapshot import database_snapshot
from joip.operations.invariants import CHECKS
from sessions.models import SessionMedia
from sessions.pruning import KEYS, orphans
from sessions.stored_objects import unnamed

PAGE = 500

Fault = tuple[str, str]  # the name of the check, and a sentence


def faults_of_rows(progress: Progress = silently) -> Iterator[Fault]:
    """All checks see the same moment."""
    with database_snapshot():
        for check in progress(CHECKS, desc="rows", unit="check"):
            for fault in check():
                yield check.__name__, fault


def faults_of_objects(lists: ObjectLists, progress: Progress = silently) -> Iterator[Fault]:
    """`lists` are new, and hold afterwards what there is and what should be.

    The store is listed before the rows: what is uploaded in between is asked for by itself.
    """
    for bucket, prefixes in KEYS.items():
        with store_problems(bucket):
            list_objects(lists, bucket, prefixes, progress)
    slides = SessionMedia.objects.order_by("pk").iterator(chunk_size=PAGE)
    for batch in in_batches(progress(slides, desc="slides", unit="slide"), PAGE):
        lists.add_named(chain.from_iterable(map(named_by, batch)))
    for absent in lists.named_and_absent():
        fault = fault_of(absent)
        if fault and not unnamed(absent.bucket, [absent.key]):
            yield "objects", f"{absent.bucket}/{absent.key} {fault}"


def list_objects(
    lists: ObjectLists, bucket: str, prefixes: dict[str, Pattern[str]], progress: Progress
) -> None:
    for prefix, pattern in prefixes.items():
        listing = get_bucket(bucket).listing(prefix)
        found = progress(listing, desc=f"{bucket}/{prefix}", unit="object")
        for batch in in_batches(found, PAGE):
            lists.add_present(
                (bucket, each.key, each.size) for each in batch if pattern.match(each.key)
            )


def fault_of(wanted: NamedObject) -> str | None:
    """What is wrong with the object now."""
    bucket, key, _ = wanted
    try:
        size = patiently(bucket, lambda: sum(map(len, get_bucket(bucket).chunks(key))))
    except SourceMissing:
        return "is missing"
    is_right = wanted.size in (None, size)
    return None if is_right else f"has {size} bytes, and should have {wanted.size}"


def count_orphans(lists: ObjectLists) -> int:
    """Objects that no slide names: no fault, since `prune_media` deletes those older than a day."""
    return sum(1 for bucket in KEYS for _ in orphans(bucket, lists.present_and_unnamed(bucket)))
