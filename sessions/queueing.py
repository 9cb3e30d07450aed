"""The queue that hands copies to workers, where COPY_IN says so: Procrastinate, in our database.

A job is deferred in the transaction that makes it necessary, carries a session's id and nothing
else, has no lock and is never tried again by the queue. The rows say what there is to do: a job
that is one too many finds nothing, and for one that was lost `defer_forgotten` defers another.
"""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError

from sessions.models import Session

if TYPE_CHECKING:
    from procrastinate import App

SMALL, LARGE = "copies", "large-copies"  # queues
MAX_MEDIA_OF_SMALL = 50
COPY, MAKE_RENDITIONS = "copy_session", "make_renditions"  # tasks: see `joip.operations.tasks`


def copies_in_workers() -> bool:
    return bool(settings.COPY_IN == "workers")


def copy_later(session: Session, *, media: int | None = None, at: datetime | None = None) -> None:
    """In the caller's transaction, which has let the session wait (`sessions.leases`). The pending
    media are counted where the caller does not know how many.
    """
    if media is None:
        media = session.pending().count()
    defer(COPY, session.pk, media=media, at=at)


def defer(task: str, session_id: int, *, media: int, at: datetime | None = None) -> None:
    from procrastinate.exceptions import ConnectorException

    is_large = media > MAX_MEDIA_OF_SMALL
    # Jobs that take from both queues take a large copy first; others take only small ones. See
    # `joip.operations.worker`.
    job = deferring().configure_task(
        task, queue=LARGE if is_large else SMALL, priority=int(is_large), schedule_at=at
    )
    try:
        job.defer(session_id=session_id)
    except ConnectorException as error:
        raise OperationalError(str(error.__cause__ or error)) from error


@cache
def deferring() -> "App":
    """An app that only defers: by Django's connection, so in its transaction, in workers too."""
    from procrastinate import App
    from procrastinate.contrib.django.django_connector import DjangoConnector

    return App(connector=DjangoConnector())
