"""The lease: how long a copying process counts as alive, and which attempt may change a copy.

While a copy is unfinished, every change of its status, lease or slides holds for the writer's
own `copy_attempt` only. So a process that stalled, and wakes after another has taken its copy
over, changes nothing.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from sessions.models import Session, SessionQuerySet

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
    """Begin a new attempt of a copy whose lease ran out; False if there is none to take over."""
    abandoned = Session.objects.abandoned().filter(pk=session.pk, copy_attempt=session.copy_attempt)
    if not abandoned.update(
        copy_attempt=session.copy_attempt + 1,
        copy_takeovers=session.copy_takeovers + 1,
        copy_lease_expires_at=lease_end(),
    ):
        return False
    session.copy_attempt += 1
    session.copy_takeovers += 1
    return True


def give_back_lease(session: Session) -> None:
    """Let the lease expire at once: another process, or a later try, goes on with the copy.

    The take-over that began this attempt, if one did, is not counted: the copy is not to blame.
    Raises LeaseLost.
    """
    if not leased(session).update(
        copy_lease_expires_at=Now() - timedelta(seconds=1),
        copy_takeovers=max(0, session.copy_takeovers - 1),
    ):
        raise LeaseLost


def lease_end() -> Combinable:
    # By the database's clock: those of several machines may differ by more than a lease.
    return Now() + timedelta(seconds=settings.COPY_LEASE_SECONDS)
