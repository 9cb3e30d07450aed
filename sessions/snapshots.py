"""Snapshots: when they retire, and when they are deleted.

A snapshot with `snapshot_of` is on offer as soon as it is ready. A retired one has none: no
save begins from it any more, and it is deleted when no copy reads it.
"""

import logging
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Max, ProtectedError, Q, Subquery

from sessions.failed_copies import release_failed_copies
from sessions.hooks import snapshots_changed
from sessions.models import Session, SessionMedia
from sessions.slides import count_of
from sessions.stored_objects import objects_of, remove_objects

logger = logging.getLogger(__name__)


def summarize(snapshot: Session) -> None:
    """Write its number of slides and its cover on the snapshot, which has them for the feed."""
    slides = SessionMedia.objects.filter(session=snapshot)
    Session.objects.filter(pk=snapshot.pk).update(
        slide_count=count_of(slides),
        cover=Subquery(slides.best_for_thumbnail().values("pk")[:1]),
    )


def retire_snapshots(original: Session, **which: Any) -> None:
    """Retire its snapshots, or only some. In the caller's transaction, which has locked it."""
    if original.snapshots.filter(**which).update(snapshot_of=None):
        snapshots_changed(original.pk)
    transaction.on_commit(remove_retired_snapshots)


def retire_older_snapshots(finished: Session) -> None:
    """Keep the newest whole snapshot of the original, which may be another than `finished`.

    In the transaction of `finished`, which is not marked as ready yet: there is one whole
    snapshot of a session at any moment.
    """
    snapshots = Session.objects.filter(snapshot_of=finished.snapshot_of_id)
    whole = snapshots.filter(Q(pk=finished.pk) | Q(media_status=Session.MediaStatus.READY))
    newest = whole.aggregate(pk=Max("pk"))["pk"]
    if newest:  # none, if this one was retired in the meantime
        snapshots.filter(pk__lt=newest).update(snapshot_of=None)


def remove_retired_snapshots() -> None:
    """Delete the retired snapshots that no copy reads; failed copies stop reading them first.
    Called whenever there may be one; a database error is logged only, since the caller's own work
    is done, and `prune_media` tries again.
    """
    try:
        for snapshot in Session.objects.retired():
            release_failed_copies(snapshot)
            if not snapshot.copies.exists():
                remove_snapshot(snapshot)
    except DatabaseError:
        logger.exception("retired snapshots left for prune_media")


def remove_snapshot(snapshot: Session) -> None:
    try:
        with transaction.atomic():
            # The session before its slides, in the order in which the engine locks them.
            if Session.objects.select_for_update().filter(pk=snapshot.pk).first():
                objects = objects_of(snapshot, snapshot.media.all())
                snapshot.delete()
                transaction.on_commit(lambda: remove_objects(objects))
    except (ProtectedError, IntegrityError):
        logger.info("snapshot %s stays: a copy of it has just begun", snapshot.pk)
