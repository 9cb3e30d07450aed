"""Sessions go rows first, in one transaction, and their objects after it.

An object that cannot be deleted now, or lands after its row has gone, is an
orphan: `prune_media` finds it.
"""

import logging
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from sessions.claims import COPYING, end_as_failed
from sessions.locks import lock_session
from sessions.models import Session, SessionMedia

logger = logging.getLogger(__name__)

KEYS_A_STATEMENT = 500  # SQLite was built with a limit of 999 for long


@transaction.atomic
def delete_session(*, session: Session) -> None:
    """Delete a session with its slides, share and snapshots; their objects follow after commit.

    A copy still under way is ended as failed and refunded first. Copies that
    others saved live on. Raises SessionNotFound (404).
    """
    session = lock_session(session.pk)
    if session.media_status == COPYING:
        end_as_failed(session, reason="deleted")
    # Before the objects: slides of a snapshot still being made name the session's own.
    retire_snapshots(session.snapshots.all())
    delete_with_objects(session)


def retire_snapshots(snapshots: QuerySet) -> None:
    """Offer these editions of a session no more; they go when no copy reads them.

    In the caller's transaction, which holds the session's row.
    """
    snapshots.update(snapshot_of=None)
    transaction.on_commit(remove_retired_snapshots)


def remove_retired_snapshots() -> None:
    """Delete the retired snapshots that no copy reads; called whenever one may have become so.

    A database that fails is logged and no more: `prune_media` asks again, and the
    caller's own work is done.
    """
    try:
        for snapshot in Session.objects.retired().unread():
            remove_snapshot(snapshot)
    except DatabaseError:
        logger.exception("retired snapshots left for prune_media")


def remove_snapshot(snapshot: Session) -> None:
    try:
        with transaction.atomic():
            # The session before its slides, in the order in which the engine takes them.
            if Session.objects.select_for_update().filter(pk=snapshot.pk).first():
                delete_with_objects(snapshot)
    except (ProtectedError, IntegrityError):
        logger.info("snapshot %s stays: a copy of it has just begun", snapshot.pk)


def delete_with_objects(session: Session) -> None:
    slides = list(session.media.all())
    keys = objects_of(session, slides)
    read = [slide.key for slide in slides if slide.bucket == session.other_bucket]
    session.delete()
    transaction.on_commit(lambda: remove_objects(session.bucket, keys))
    transaction.on_commit(lambda: remove_objects(session.other_bucket, read))


def objects_of(session: Session, slides: Iterable[SessionMedia]) -> set[str]:
    """The keys in the session's bucket that these slides of it name, or will."""
    keys = set()
    for slide in slides:
        if slide.key:
            # The home of a pending slide too: its copy may have landed and not been recorded.
            keys.add(slide.home_key)
        if slide.bucket == session.bucket:
            keys.add(slide.key)
    return keys


def remove_objects(bucket: str, keys: Collection[str]) -> None:
    """Delete those objects that no slide names. What the store refuses is left for pruning."""
    if not keys:
        return
    try:
        unwanted = unnamed(bucket, keys)
    except DatabaseError:  # the caller's own work is done
        logger.exception("objects left for prune_media in %s", bucket)
        return
    with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
        list(pool.map(partial(remove_object, bucket), unwanted))


def unnamed(bucket: str, keys: Iterable[str]) -> list[str]:
    """The keys that no slide names."""
    keys = list(keys)
    named = set()
    for start in range(0, len(keys), KEYS_A_STATEMENT):
        some = keys[start : start + KEYS_A_STATEMENT]
        named |= set(
            SessionMedia.objects.filter(bucket=bucket, key__in=some).values_list("key", flat=True)
        )
    return [key for key in keys if key not in named]


def remove_object(bucket: str, key: str) -> None:
    try:
        storages[bucket].delete(key)
    except Exception:
        logger.exception("object left for prune_media: %s in %s", key, bucket)
