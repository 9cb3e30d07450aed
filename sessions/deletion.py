"""Deletion of sessions, with all that belongs to them."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from sessions.copying import COPYING, READY, cancel_copy
from sessions.hooks import saves_end
from sessions.locks import lock_session
from sessions.models import Session, SessionMedia
from sessions.snapshots import retire_snapshots
from sessions.stored_objects import objects_of, remove_objects


@transaction.atomic
def delete_session(*, session: Session) -> None:
    """Delete a session with its slides, share, link and snapshots; objects follow after commit.

    A copy that is still under way is ended as failed and refunded first. Copies that others
    saved live on.
    """
    delete_locked_sessions([lock_session(session.pk)])


def delete_locked_sessions(sessions: Sequence[Session]) -> None:
    """In the caller's transaction. Shares are locked last (`hooks.saves_end`), after the refunds
    and most of the rows: others who save them wait for these locks.
    """
    undone = [session for session in sessions if counts_until_deleted(session)]
    for session in sessions:
        if session.media_status == COPYING:
            cancel_copy(session, reason="deleted")
    objects = [objects_of(session, session.media.all()) for session in sessions]
    for session in sessions:
        SessionMedia.objects.filter(session=session).delete()
    saves_end(undone, sessions)
    for session in sessions:
        # Before the objects: slides of a snapshot that is still being copied name the session's.
        retire_snapshots(session)
    Session.objects.filter(pk__in=[session.pk for session in sessions]).delete()
    for removed in objects:
        transaction.on_commit(partial(remove_objects, removed))


def counts_until_deleted(session: Session) -> bool:
    """A save that was paid for goes on to count."""
    is_free = session.media_status == READY and session.charge_id is None
    return session.media_status == COPYING or is_free
