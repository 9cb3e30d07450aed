"""What workers do with the queue's jobs, and what they do where jobs were lost."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from sessions.copying import Outcome, resume_copy
from sessions.models import Session
from sessions.queueing import COPY, copies_in_workers, copy_later

# Until a job is looked at again that exceeds what one person may have at work; longer for those
# with many, or looking would take longer than copying.
PAUSE_SECONDS, MAX_PAUSE_SECONDS = 3, 60
WAITING_A_SECOND = 10


def resume(*, session: Session) -> Outcome | None:
    """As staff ask for it: in their request, or by a worker; None if there is nothing to resume."""
    if not copies_in_workers():
        return resume_copy(session=session)
    if not Session.objects.to_resume().filter(pk=session.pk).exists():
        return None
    copy_later(session)
    return Outcome.QUEUED


def copy_queued(session_id: int) -> Outcome | None:
    """Make the copy; None if there is nothing to do, or its person has too many at work."""
    sessions = Session.objects.to_resume().select_related("snapshot_of")
    session = sessions.filter(pk=session_id).first()
    if session is None:
        return None
    if pause := pause_of(session):
        copy_later(session, at=database_time() + pause)
        return None
    return resume_copy(session=session)


def pause_of(session: Session) -> timedelta | None:
    """How long the copy has to wait for others of its person. Two that ask at once may both go on:
    the limit is for fairness.
    """
    limit = settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON
    person = session.owner_id or (session.snapshot_of and session.snapshot_of.owner_id)
    theirs = Q(owner=person) | Q(snapshot_of__owner=person)
    if not limit or not person or Session.objects.at_work().filter(theirs).count() < limit:
        return None
    waiting = Session.objects.waiting().filter(theirs).count()
    return timedelta(seconds=min(PAUSE_SECONDS + waiting / WAITING_A_SECOND, MAX_PAUSE_SECONDS))


def database_time() -> datetime:
    """The queue goes by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def defer_forgotten() -> int:
    """Defer anew what waits, or whose process died, and has no job; how many copies.

    A copy has none if its worker died, or if it began while COPY_IN was `request`; or if a worker
    has just taken its job, which then is one too many.
    """
    from procrastinate.contrib.django.models import ProcrastinateJob

    unfinished = list(Session.objects.to_resume().order_by("pk"))  # before their jobs
    jobs = ProcrastinateJob.objects.filter(task_name=COPY, status="todo")  # type: ignore[misc]
    have_jobs = set(jobs.values_list("args__session_id", flat=True))
    forgotten = [session for session in unfinished if session.pk not in have_jobs]
    for session in forgotten:
        with transaction.atomic():
            copy_later(session)
    return len(forgotten)
