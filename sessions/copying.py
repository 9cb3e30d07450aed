"""The copy engine: begins a copy of a session, fills it with objects, and ends it.

Rows say how far a copy is: a slide is pending while it names an object in the source bucket, so
a copy whose process died goes on where it stopped. `sessions.leases` says which process may
change a copy, `sessions.object_copies` moves the objects.
"""

import enum
import logging
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists

from credits.ledger import refund
from joip.clock import clock_problem
from joip.connection import give_back_connection
from joip.errors import Refusal
from joip.media.addresses import MAX_CLOCK_DIFFERENCE_SECONDS
from joip.media.buckets import get_bucket
from joip.media.copy_errors import CopyError, WrongClock
from sessions.copied_rows import SESSION_FIELDS_NOT_COPIED, copy_slides
from sessions.failed_copies import replace_slides
from sessions.hooks import saves_end, snapshots_changed
from sessions.leases import (
    MAX_TAKEOVERS,
    LeaseLost,
    first_lease,
    give_back_lease,
    leased,
    renew_lease,
    take_over,
)
from sessions.models import Session, SessionMedia
from sessions.object_copies import Interrupted, are_interrupted, copy_objects
from sessions.queueing import copies_in_workers, copy_later
from sessions.snapshots import remove_retired_snapshots, retire_older_snapshots
from sessions.stored_objects import remove_objects, target_key

logger = logging.getLogger(__name__)

# In SQL, since the ORM took a fifth of a save's time to build a CASE of as many branches.
RECORD_LANDED = """
    UPDATE session_media SET bucket = %s, "key" = landed.column3
    FROM (VALUES ROWS) AS landed
    WHERE session_media.id = landed.column1
    AND session_media.bucket = %s AND session_media."key" = landed.column2
"""
MAX_ROWS_A_STATEMENT = 1000  # three parameters a row; SQLite takes 32,766

READY = Session.MediaStatus.READY
COPYING = Session.MediaStatus.COPYING
FAILED = Session.MediaStatus.FAILED


class Outcome(enum.Enum):
    """What became of a copy, whichever process ended it."""

    READY = enum.auto()
    FAILED = enum.auto()  # refunded
    GONE = enum.auto()  # deleted in the meantime
    LOST = enum.auto()  # another process goes on with it
    POSTPONED = enum.auto()  # this process cannot go on, and gave its lease back
    QUEUED = enum.auto()  # a worker goes on with it


class MediaCopyFailed(Refusal):
    """How callers answer Outcome.FAILED."""

    status = 503
    body = {"error": "The media could not be copied", "code": "MEDIA_COPY_FAILED"}


class MediaCopyPostponed(Refusal):
    """How callers answer Outcome.POSTPONED. The charge stays, since the copy goes on."""

    status = 503
    body = {
        "error": "The media cannot be copied at the moment; the copy will be finished later",
        "code": "MEDIA_COPY_POSTPONED",
    }


def refuse_unfinished(outcome: Outcome | None) -> None:
    """Raise what an outcome means for whoever asked for the copy."""
    if outcome is Outcome.FAILED:
        raise MediaCopyFailed
    if outcome is Outcome.POSTPONED:
        raise MediaCopyPostponed


def begin_copy(*, source: Session, **own_fields: Any) -> Session:
    """Insert a copy of `source` whose slides still name the source's objects.

    In the caller's transaction; after its commit, `fill_copy` fills the copy.
    """
    copied_fields = {
        field.attname: getattr(source, field.attname)
        for field in Session._meta.concrete_fields
        if field.name not in SESSION_FIELDS_NOT_COPIED
    }
    session = Session.objects.create(
        **copied_fields | own_fields,
        media_status=COPYING,
        copy_attempt=1,
        copy_lease_expires_at=first_lease(),
    )
    slides = copy_slides(source, session)
    if copies_in_workers():
        copy_later(session, media=slides)
    return session


def begin_again(session: Session, snapshot: Session) -> None:
    """Begin a new attempt of a failed copy, in the caller's transaction. It goes on from what it
    was copied from; if it has let go of that, it gets the slides of `snapshot` instead.

    Raises LeaseLost if another process was quicker, also in letting go.
    """
    failed = Session.objects.filter(
        pk=session.pk,
        media_status=FAILED,
        copy_attempt=session.copy_attempt,
        copied_from=session.copied_from_id,
    )
    if not failed.update(
        media_status=COPYING,
        copied_from=session.copied_from_id or snapshot.pk,
        copy_attempt=session.copy_attempt + 1,
        copy_takeovers=0,
        copy_lease_expires_at=first_lease(),
    ):
        raise LeaseLost
    if session.copied_from_id is None:
        replace_slides(session, snapshot)
    if copies_in_workers():
        copy_later(session)
    session.copy_attempt += 1
    session.copy_takeovers = 0


def fill_copy(*, session: Session) -> Outcome | None:
    """Copy the media of what has just begun, or leave it to a worker (None)."""
    return None if copies_in_workers() else copy_media(session=session)


def resume_copy(*, session: Session) -> Outcome | None:
    """Begin and finish, in this process, a copy that waits or whose process died; None if it is
    not one, or another process was quicker.
    """
    if session.media_status != COPYING or not take_over(session):
        return None
    if session.copy_takeovers > MAX_TAKEOVERS:
        return give_up(session, reason=f"taken over {MAX_TAKEOVERS} times")
    return copy_media(session=session)


def copy_media(*, session: Session) -> Outcome:
    """Copy every pending object, then make the session ready; on failure, failed and refunded.

    `session` comes from `begin_copy`, `begin_again` or `take_over`, whose transaction is
    committed: its `copy_attempt` is what this process may change.
    """
    if connection.in_atomic_block:
        raise RuntimeError("copy_media would hold the transaction open while objects are copied")
    started = time.monotonic()
    try:
        objects = copy_pending(session)
        while not finish(session):  # a slide was given another object in the meantime
            objects += copy_pending(session)
    except LeaseLost:
        return outcome_by_another(session)
    except Interrupted:
        return postpone(session, reason="interrupted", seconds=time.monotonic() - started)
    except WrongClock as error:
        return postpone(session, reason=str(error), seconds=time.monotonic() - started)
    except CopyError as error:
        return give_up(session, reason=str(error), seconds=time.monotonic() - started)
    log_copy("ready", session, objects=objects, seconds=time.monotonic() - started)
    remove_retired_snapshots()
    return Outcome.READY


def copy_pending(session: Session) -> int:
    """Copy what is pending, recording about once a second what has landed; how many objects.

    Gives the database connection back while it waits. Raises CopyError, Interrupted, LeaseLost.
    """
    refuse_wrong_clock()
    slides = list(session.pending())
    log_copy("taken over" if session.copy_takeovers else "begun", session, objects=len(slides))
    source, target = get_bucket(session.source_bucket), get_bucket(session.bucket)
    recorded = 0
    try:
        with closing(copy_objects(slides, source, target)) as reports:
            give_back_connection()
            for landed in reports:
                recorded += record(session, landed)
                refuse_wrong_clock()
                give_back_connection()
    finally:
        tidy_up(session, slides, recorded)
    return len(slides)


def refuse_wrong_clock() -> None:
    """A store would refuse each request, and what is refused for that is not to be refunded."""
    if problem := clock_problem(MAX_CLOCK_DIFFERENCE_SECONDS):
        raise WrongClock(problem)


@transaction.atomic
def record(session: Session, landed: Sequence[SessionMedia]) -> int:
    """Renew the lease, and let each landed slide name its copy; how many did. Raises LeaseLost.

    A slide that was deleted, or names another object by now, is left as it is; nothing but its
    bucket and key is written, so an edit that was made in the meantime stays.
    """
    renew_lease(session)
    recorded = 0
    with connection.cursor() as cursor:
        for start in range(0, len(landed), MAX_ROWS_A_STATEMENT):
            rows: list[tuple[int | str, ...]] = [
                (slide.pk, slide.key, target_key(slide))
                for slide in landed[start : start + MAX_ROWS_A_STATEMENT]
            ]
            cursor.execute(
                RECORD_LANDED.replace("ROWS", ", ".join(["(%s, %s, %s)"] * len(rows))),
                [session.bucket, *chain.from_iterable(rows), session.source_bucket],
            )
            recorded += cursor.rowcount
    return recorded


def tidy_up(session: Session, slides: Sequence[SessionMedia], recorded: int) -> None:
    """Delete the objects of slides that were deleted while these were copied."""
    unwanted: dict[str, set[str]] = {}
    if recorded < len(slides):
        left = set(session.media.values_list("pk", flat=True))
        unwanted[session.bucket] = {target_key(slide) for slide in slides if slide.pk not in left}
    if session.is_snapshot:
        # Until now it protected what it was copied from: a slide deleted since, for example.
        unwanted[session.source_bucket] = {slide.key for slide in slides}
    remove_objects(unwanted)


@transaction.atomic
def finish(session: Session) -> bool:
    """Make the session ready; False while a slide is pending. Raises LeaseLost."""
    original_id = session.snapshot_of_id
    if original_id:
        # The original before its snapshots, in the order of sharing and withdrawing.
        Session.objects.select_for_update().filter(pk=original_id).first()
    finished = leased(session).filter(~Exists(session.pending()))
    if original_id and finished.exists():
        retire_older_snapshots(session)
    if not finished.update(media_status=READY, copy_lease_expires_at=None, copied_from=None):
        renew_lease(session)
        return False
    if original_id:
        snapshots_changed(original_id)
    return True


def postpone(session: Session, *, reason: str, seconds: float) -> Outcome:
    """What has landed is recorded. Where the clock is wrong, the copy is not queued, since this
    process might be the next to take it: a worker's upkeep queues it.
    """
    try:
        with transaction.atomic():
            give_back_lease(session)
            if are_interrupted() and copies_in_workers():
                copy_later(session)
    except LeaseLost:
        return outcome_by_another(session)
    pending = session.pending().count()
    log_copy("postponed", session, objects=pending, seconds=seconds, reason=reason)
    return Outcome.POSTPONED


def give_up(session: Session, *, reason: str, seconds: float = 0.0) -> Outcome:
    try:
        fail_copy(session, reason=reason, seconds=seconds)
    except LeaseLost:
        return outcome_by_another(session)
    return Outcome.FAILED


@transaction.atomic
def fail_copy(session: Session, *, reason: str, seconds: float = 0.0) -> None:
    """End the copy as failed, refund its charge, and take its count back (`hooks.saves_end`).
    Raises LeaseLost.
    """
    cancel_copy(session, reason=reason, seconds=seconds)
    saves_end([session], [])
    transaction.on_commit(remove_retired_snapshots)  # what it read may have retired meanwhile


def cancel_copy(session: Session, *, reason: str, seconds: float = 0.0) -> None:
    """In the caller's transaction, which takes the count back last, with those of other copies."""
    if not leased(session).update(media_status=FAILED, copy_lease_expires_at=None, charge=None):
        raise LeaseLost
    if session.charge:
        refund(charge=session.charge, note="The media could not be copied")
    pending = session.pending().count()
    transaction.on_commit(
        lambda: log_copy("failed", session, objects=pending, seconds=seconds, reason=reason)
    )


def outcome_by_another(session: Session) -> Outcome:
    status = Session.objects.filter(pk=session.pk).values_list("media_status", flat=True).first()
    outcomes: dict[str | None, Outcome] = {
        None: Outcome.GONE,
        READY: Outcome.READY,
        FAILED: Outcome.FAILED,
    }
    return outcomes.get(status, Outcome.LOST)


def log_copy(
    event: str, session: Session, *, objects: int, seconds: float = 0.0, reason: str = "-"
) -> None:
    """`objects` are those to copy, copied, or left pending by a failure."""
    level = logging.WARNING if event in ("failed", "postponed") else logging.INFO
    logger.log(
        level,
        "copy %s: session=%s user=%s objects=%s seconds=%.2f ledger=%s reason=%s",
        event,
        session.pk,
        session.owner_id,
        objects,
        seconds,
        session.charge_id,
        reason,
        extra={"session": session.pk, "person": session.owner_id, "seconds": round(seconds, 4)},
    )
