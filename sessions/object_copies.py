"""Copies objects from bucket to bucket, several at once, with retries. Touches no database."""

import random
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from django.conf import settings

from joip.media.buckets import Bucket
from joip.media.copy_errors import CopyError, StoreUnavailable
from sessions.models import SessionMedia
from sessions.stored_objects import target_key

REPORT_SECONDS = 1.0  # how often the caller hears what has landed, and can renew its lease
FIRST_PAUSE_SECONDS = 0.25  # before the second try; each later pause is twice as long


def copy_objects(
    slides: Sequence[SessionMedia], source: Bucket, target: Bucket
) -> Generator[list[SessionMedia], None, None]:
    """Copy each slide's object to its target key.

    Yields, at least every REPORT_SECONDS, the slides whose copies have landed since. After a
    failure no further copy begins, those that landed are still yielded, and CopyError is raised
    at the end. Closing the generator lets no further copy begin either.
    """
    failure, stop = None, threading.Event()
    with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
        try:
            copies = {
                pool.submit(copy_object, slide, source, target, stop): slide for slide in slides
            }
            while copies:
                ended, _ = wait(copies, timeout=REPORT_SECONDS, return_when=FIRST_EXCEPTION)
                landed = []
                for copy in ended:
                    slide = copies.pop(copy)
                    if copy.exception():
                        failure = failure or copy.exception()
                    elif copy.result():
                        landed.append(slide)
                yield landed
        finally:
            stop.set()
    if failure:
        raise CopyError(str(failure)) from failure


def copy_object(slide: SessionMedia, source: Bucket, target: Bucket, stop: threading.Event) -> bool:
    """Copy one object, in up to COPY_TRIES tries; False if told to stop before it began.

    A failure tells the other copies to stop. Raises CopyError.
    """
    for pause in pauses():
        if stop.is_set() or (pause and stop.wait(pause)):
            return False
        try:
            target.copy_from(source, slide.key, target_key(slide), size=slide.size or 0)
            return True
        except StoreUnavailable as error:
            failure = error
        except Exception:
            stop.set()
            raise
    stop.set()
    raise failure


def pauses() -> Iterator[float]:
    yield 0
    for retry in range(settings.COPY_TRIES - 1):
        yield FIRST_PAUSE_SECONDS * 2**retry * random.uniform(0.75, 1.25)
