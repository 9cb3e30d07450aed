"""Who may change an unfinished copy: the attempt that claimed it, while its claim stands.

A copy is alive while its lease is renewed. Every change of its status, lease or
slides holds for the writer's own `copy_attempt` only, so a process that stalled
and wakes after somebody took its copy over changes nothing.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from credits.ledger import refund
from joip.errors import Refusal
from sessions.models import Session, SessionMedia

logger = logging.getLogger(__name__)

MOST_TAKEOVERS = 5  # a copy that killed six processes would kill a seventh

READY = Session.MediaStatus.READY
COPYING = Session.MediaStatus.COPYING
FAILED = Session.MediaStatus.FAILED

# A copy takes every other field of a session and of a slide.
SESSION_FIELDS_LEFT_BEHIND = {
    "id",
    "owner",
    "is_public",
    "is_favorite",
    "created_at",
    "updated_at",
    "media_status",
    "copy_attempt",
    "copy_takeovers",
    "copy_lease_expires_at",
    "copied_from",
    "snapshot_of",
    "charge",
    "charge_waived",
}
MEDIA_FIELDS_LEFT_BEHIND = {"id", "session", "name"}

# In SQL: the slides need not travel here and back, and any number takes one statement.
COPY_SLIDES = """
    INSERT INTO session_media (COLUMNS, session_id, name)
    SELECT COLUMNS, %s, RANDOM_UUID FROM session_media WHERE session_id = %s
    ORDER BY "order", id
"""
RANDOM_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


class ClaimLost(Exception):
    """The copy is no longer this attempt's: it ended, was taken over, or was deleted."""


class MediaCopyFailed(Refusal):
    status = 503
    body = {"error": "The media could not be copied", "code": "MEDIA_COPY_FAILED"}


def begin_copy(*, source: Session, **own_fields) -> Session:
    """Insert a session that is a copy of `source`, its slides still naming the source's objects.

    In the caller's transaction; `copy_media` fills it once that is committed.
    """
    taken = {
        field.attname: getattr(source, field.attname)
        for field in Session._meta.concrete_fields
        if field.name not in SESSION_FIELDS_LEFT_BEHIND
    }
    session = Session.objects.create(
        **taken | own_fields,
        media_status=COPYING,
        copy_attempt=1,
        copy_lease_expires_at=lease_end(),
    )
    copy_slides(source, session)
    return session


def copy_slides(source: Session, session: Session) -> None:
    columns = ", ".join(
        connection.ops.quote_name(field.column)
        for field in SessionMedia._meta.concrete_fields
        if field.name not in MEDIA_FIELDS_LEFT_BEHIND
    )
    statement = COPY_SLIDES.replace("COLUMNS", columns)
    statement = statement.replace("RANDOM_UUID", RANDOM_UUID[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [session.pk, source.pk])


def begin_again(session: Session) -> None:
    """Claim a failed copy for a new attempt, in the caller's transaction.

    Raises ClaimLost when somebody else was quicker.
    """
    failed = Session.objects.filter(
        pk=session.pk, media_status=FAILED, copy_attempt=session.copy_attempt
    )
    if not failed.update(
        media_status=COPYING,
        copy_attempt=session.copy_attempt + 1,
        copy_takeovers=0,
        copy_lease_expires_at=lease_end(),
    ):
        raise ClaimLost
    session.copy_attempt += 1
    session.copy_takeovers = 0


def take_over(session: Session) -> bool:
    """Claim a copy whose lease ran out; False while its process lives, or none is under way.

    Raises MediaCopyFailed (503), with the refund made, after MOST_TAKEOVERS.
    """
    if session.media_status != COPYING:
        return False
    with transaction.atomic():
        abandoned = Session.objects.abandoned().filter(
            pk=session.pk, copy_attempt=session.copy_attempt
        )
        if not abandoned.update(
            copy_attempt=session.copy_attempt + 1,
            copy_takeovers=session.copy_takeovers + 1,
            copy_lease_expires_at=lease_end(),
        ):
            return False
        session.copy_attempt += 1
        session.copy_takeovers += 1
        hopeless = session.copy_takeovers > MOST_TAKEOVERS
        if hopeless:
            end_as_failed(session, reason=f"taken over {MOST_TAKEOVERS} times")
    if hopeless:
        raise MediaCopyFailed
    return True


def hold(session: Session) -> None:
    """Renew the lease, and keep the claim from being lost until the transaction ends.

    Raises ClaimLost.
    """
    if not claimed(session).update(copy_lease_expires_at=lease_end()):
        raise ClaimLost


@transaction.atomic
def end_as_failed(session: Session, *, reason: str, seconds: float = 0.0) -> None:
    """Give the copy up and refund its charge. Raises ClaimLost."""
    if not claimed(session).update(media_status=FAILED, copy_lease_expires_at=None, charge=None):
        raise ClaimLost
    if session.charge:
        refund(charge=session.charge, note="The media could not be copied")
    pending = session.pending().count()
    transaction.on_commit(
        lambda: log_copy("failed", session, objects=pending, seconds=seconds, reason=reason)
    )


def log_copy(
    event: str, session: Session, *, objects: int, seconds: float = 0.0, reason: str = "-"
) -> None:
    """One line; `objects` are those to copy, copied, or left pending by a failure."""
    logger.info(
        "copy %s: session=%s user=%s objects=%s seconds=%.2f ledger=%s reason=%s",
        event,
        session.pk,
        session.owner_id,
        objects,
        seconds,
        session.charge_id,
        reason,
    )


def claimed(session: Session):
    """The session's row, as long as the claim that `session` carries stands."""
    return Session.objects.filter(
        pk=session.pk, media_status=COPYING, copy_attempt=session.copy_attempt
    )


def lease_end():
    # By the database's clock: those of several machines may differ by more than a lease.
    return Now() + timedelta(seconds=settings.COPY_LEASE_SECONDS)
