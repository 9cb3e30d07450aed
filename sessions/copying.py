"""The copy engine: fills a claimed session with objects, one store request for each.

The rows say everything: a slide is pending while it names an object in the other
bucket, so a copy that died goes on where it stopped. Its claim is `sessions.claims`.
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import connection, transaction
from django.db.models import Exists, Max, Q

from joip.storage import CopyError, StoreUnavailable
from sessions.claims import (
    READY,
    ClaimLost,
    MediaCopyFailed,
    claimed,
    end_as_failed,
    hold,
    log_copy,
    take_over,
)
from sessions.deletion import remove_objects, remove_retired_snapshots
from sessions.models import Session, SessionMedia

RECORD_SECONDS = 1.0  # how often landed slides are recorded and the lease is renewed
FIRST_PAUSE_SECONDS = 0.25  # before the second try; each later pause is twice as long
ROWS_A_STATEMENT = 1000  # three parameters a row; SQLite takes 32,766

# In SQL: the ORM's CASE of as many branches took a fifth of a save's time to put together.
LAND = """
    UPDATE session_media SET bucket = %s, "key" = landed.column3
    FROM (VALUES ROWS) AS landed
    WHERE session_media.id = landed.column1
    AND session_media.bucket = %s AND session_media."key" = landed.column2
"""


def resume_copy(*, session: Session) -> bool:
    """Take over and finish a copy whose process died; False where there was nothing to do.

    Raises MediaCopyFailed (503).
    """
    return take_over(session) and copy_media(session=session)


def copy_media(*, session: Session) -> bool:
    """Copy every pending object into the session's place, and make the session ready.

    `session` carries the claim: the caller began it, began it again or took it
    over. True when it became ready here; False when the claim was lost, and the
    session is somebody else's to end. Raises MediaCopyFailed (503) when an object
    could not be copied: the session is then failed, and its charge refunded.
    """
    if connection.in_atomic_block:
        raise RuntimeError("copy_media would hold the transaction open while objects are copied")
    started = time.monotonic()
    try:
        objects = copy_pending(session)
        while not finish(session):  # a slide was given another object in the meantime
            objects += copy_pending(session)
    except ClaimLost:
        return False
    except CopyError as error:
        return fail(session, started, error)
    log_copy("ready", session, objects=objects, seconds=time.monotonic() - started)
    remove_retired_snapshots()
    return True


def copy_pending(session: Session) -> int:
    """Copy what is pending, and record about once a second what has landed; how many there were.

    The copying threads never touch the database, and this one gives its
    connection back while it waits for them. After a failure nothing new is
    begun, and what is under way is still recorded. Raises CopyError, ClaimLost.
    """
    slides = list(session.pending())
    source, target = storages[session.other_bucket], storages[session.bucket]
    log_copy("taken over" if session.copy_takeovers else "claimed", session, objects=len(slides))
    failure, recorded = None, 0
    stop = threading.Event()
    try:
        with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool, setting(stop):
            copies = {
                pool.submit(copy_slide, slide, source, target, stop): slide for slide in slides
            }
            while copies:
                connection.close()
                ended, _ = wait(copies, timeout=RECORD_SECONDS, return_when=FIRST_EXCEPTION)
                landed = []
                for copy in ended:
                    slide = copies.pop(copy)
                    if copy.exception():
                        failure = failure or copy.exception()
                    elif copy.result():
                        landed.append(slide)
                recorded += record(session, landed)
    finally:
        tidy_up(session, slides, recorded)
    if failure:
        raise CopyError(str(failure)) from failure
    return len(slides)


@contextmanager
def setting(stop: threading.Event) -> Iterator[None]:
    """Whatever happens, the copies that have not begun do not begin."""
    try:
        yield
    finally:
        stop.set()


def tidy_up(session: Session, slides: Sequence[SessionMedia], recorded: int) -> None:
    """Delete the objects of slides that were deleted while these were copied."""
    if recorded < len(slides):
        left = set(session.media.values_list("pk", flat=True))
        gone = [slide.home_key for slide in slides if slide.pk not in left]
        remove_objects(session.bucket, gone)
    if session.is_snapshot:  # until now it kept what it read: a slide deleted since, for one
        remove_objects(session.other_bucket, [slide.key for slide in slides])


def copy_slide(
    slide: SessionMedia, source: Storage, target: Storage, stop: threading.Event
) -> bool:
    """Copy one object, asking up to COPY_TRIES times; False when told to stop before it began.

    Raises CopyError, and tells the others to stop.
    """
    for pause in pauses():
        if stop.is_set() or (pause and stop.wait(pause)):
            return False
        try:
            target.copy_from(source, slide.key, slide.home_key, size=slide.size)
            return True
        except StoreUnavailable as error:
            failure = error
        except Exception:
            stop.set()
            raise
    stop.set()
    raise failure


def pauses() -> Iterator[float]:
    """How long to wait before each try, in seconds."""
    yield 0
    for retry in range(settings.COPY_TRIES - 1):
        yield FIRST_PAUSE_SECONDS * 2**retry * random.uniform(0.75, 1.25)


@transaction.atomic
def record(session: Session, landed: Sequence[SessionMedia]) -> int:
    """Renew the lease, and let each landed slide name its copy; how many did. Raises ClaimLost.

    A slide that was deleted, or names another object by now, is left as it is;
    nothing but its bucket and key is written, so an edit made meanwhile stays.
    """
    hold(session)
    recorded = 0
    with connection.cursor() as cursor:
        for start in range(0, len(landed), ROWS_A_STATEMENT):
            rows = [
                (slide.pk, slide.key, slide.home_key)
                for slide in landed[start : start + ROWS_A_STATEMENT]
            ]
            cursor.execute(
                LAND.replace("ROWS", ", ".join(["(%s, %s, %s)"] * len(rows))),
                [session.bucket, *chain.from_iterable(rows), session.other_bucket],
            )
            recorded += cursor.rowcount
    return recorded


@transaction.atomic
def finish(session: Session) -> bool:
    """Make the session ready; False while a slide is pending. Raises ClaimLost."""
    if session.snapshot_of_id:
        # The original before its editions, in the order of those who share and withdraw it.
        Session.objects.select_for_update().filter(pk=session.snapshot_of_id).first()
    finished = claimed(session).filter(~Exists(session.pending()))
    if session.snapshot_of_id and finished.exists():
        retire_older_editions(session)
    if not finished.update(media_status=READY, copy_lease_expires_at=None, copied_from=None):
        hold(session)
        return False
    return True


def retire_older_editions(finished: Session) -> None:
    """Leave only the newest whole edition of the original, be it the one just finished or not."""
    editions = Session.objects.filter(snapshot_of=finished.snapshot_of_id)
    whole = editions.filter(Q(pk=finished.pk) | Q(media_status=READY))
    newest = whole.aggregate(pk=Max("pk"))["pk"]
    if newest:  # none, when this one was retired meanwhile
        editions.filter(pk__lt=newest).update(snapshot_of=None)


def fail(session: Session, started: float, error: CopyError) -> bool:
    try:
        end_as_failed(session, reason=str(error), seconds=time.monotonic() - started)
    except ClaimLost:
        return False
    raise MediaCopyFailed from error
