"""The lease: how long a copying process counts as alive, and which attempt may change a copy.

While a copy is unfinished, every change of its status, lease or slides holds for the writer's
own `copy_attempt` only. So a process that stalled, and wakes after another has taken its copy
over, changes nothing. A copy without a lease is one that nobody has begun: it waits in the queue
for a worker, or was given back.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from sessions.models import Session, SessionQuerySet
from sessions.queueing import copies_in_workers

MAX_TAKEOVERS = 5  # then the copy fails: one that killed six processes would kill a seventh


class LeaseLost(Exception):
    """The copy ended, was taken over or was deleted: it is not this attempt's to change."""


def leased(session: Session) -> SessionQuerySet:
    return Session.objects.copying().filter(pk=session.pk, copy_attempt=session.copy_attempt)


def renew_lease(session: Session) -> None:
    """Also locks the row, so that nobody takes over before the transaction ends.

    Raises LeaseLost.
    """
    if not leased(session).update(copy_lease_expires_at=lease_end()):
        raise LeaseLost


def take_over(session: Session) -> bool:
    """Begin a new attempt of a copy that waits, or whose lease ran out; False if it does not. Only
    the second counts as a take-over.
    """
    is_abandoned = session.copy_lease_expires_at is not None
    copies = Session.objects.abandoned() if is_abandoned else Session.objects.waiting()
    takeovers = session.copy_takeovers + is_abandoned
    if not copies.filter(pk=session.pk, copy_attempt=session.copy_attempt).update(
        copy_attempt=session.copy_attempt + 1,
        copy_takeovers=takeovers,
        copy_lease_expires_at=lease_end(),
    ):
        return False
    session.copy_attempt += 1
    session.copy_takeovers = takeovers
    return True


def give_back_lease(session: Session) -> None:
    """Let the copy wait again: another process, or a later try, goes on with it.

    The take-over that began this attempt, if one did, is not counted: the copy is not to blame.
    Raises LeaseLost.
    """
    if not leased(session).update(
        copy_lease_expires_at=None,
        copy_takeovers=max(0, session.copy_takeovers - 1),
    ):
        raise LeaseLost


def first_lease() -> Combinable | None:
    """Of a copy that begins: none where a worker is to begin it."""
    return None if copies_in_workers() else lease_end()


def lease_end() -> Combinable:
    # By the database's clock: those of several machines may differ by more than a lease.
    return Now() + timedelta(seconds=settings.COPY_LEASE_SECONDS)
