"""Copies objects from bucket to bucket, by one pool of threads that all copies of a process share.

Each copy of a session has at most its share of the pool in hand, and every object that ends makes
room for the next of the same copy, at the end of the pool's queue: so copies take turns, and a
small one does not wait for a large one. The pool's threads touch no database.
"""

import os
import random
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from typing import NamedTuple

from django.conf import settings

from joip.media.buckets import Bucket
from joip.media.copy_errors import CopyError, StoreUnavailable
from sessions.models import SessionMedia
from sessions.stored_objects import target_key

REPORT_SECONDS = 1.0  # how often the caller hears what has landed, and can renew its lease
FIRST_PAUSE_SECONDS = 0.25  # before the second try; each later pause is twice as long
MAX_PAUSE_SECONDS = 4.0


def copy_objects(
    slides: Sequence[SessionMedia], source: Bucket, target: Bucket
) -> Generator[list[SessionMedia], None, None]:
    """Copy each slide's object to its target key.

    Yields, at least every REPORT_SECONDS, the slides whose copies have landed since, also while
    the first object waits for the pool. After a failure no further copy begins, those that landed
    are still yielded, and CopyError is raised at the end; after `interrupt_copies`, Interrupted.
    Closing the generator lets no further copy begin either, and waits for those under way.

    Raises RuntimeError if the process is ending: the copy is then for another process.
    """
    copies = ObjectCopies(slides, source, target)
    _under_way.add(copies)
    try:
        while (landed := copies.landed_since(REPORT_SECONDS)) is not None:
            yield landed
    finally:
        copies.stop()
        _under_way.discard(copies)
    if copies.failure:
        raise copies.failure


class Interrupted(Exception):
    """The process is asked to end: the copy is for another."""


class Paused(NamedTuple):
    """An object whose copy failed, to be tried again."""

    due: float
    slide: SessionMedia
    tries: int


class ObjectCopies:
    """The objects of one copy. Threads of the pool run `copy_one`, the copy's own thread the rest.

    A paused object occupies no thread, but counts as in hand: while a store fails, only as many
    objects are tried as a copy may have in hand.
    """

    def __init__(self, slides: Sequence[SessionMedia], source: Bucket, target: Bucket):
        self.source, self.target = source, target
        self.changed = threading.Condition()  # its lock guards everything below
        self.not_begun = deque(slides)
        self.in_hand = 0  # waiting for a thread, being copied, or paused
        self.copying = 0
        self.paused: list[Paused] = []
        self.landed: list[SessionMedia] = []
        self.failing_since: float | None = None  # the first failed request since a success
        self.failure: Exception | None = None
        self.is_stopped = False

    @property
    def is_over(self) -> bool:
        is_done = not self.not_begun and not self.in_hand
        return not self.copying and (is_done or self.is_stopped)

    def landed_since(self, seconds: float) -> list[SessionMedia] | None:
        """What has landed since the last call. Waits so long, or until everything is over, and
        begins what may begin meanwhile. None if everything was over before.
        """
        end = time.monotonic() + seconds
        with self.changed:
            while not self.is_over and (left := end - time.monotonic()) > 0:
                self.begin()
                pauses = [paused.due - time.monotonic() for paused in self.paused]
                self.changed.wait(max(0, min([left, *pauses])))
            landed, self.landed = self.landed, []
            return None if self.is_over and not landed else landed

    def begin(self) -> None:
        """Hand to the pool what is due, and new objects up to the share of this copy."""
        if _interrupted.is_set():
            self.fail(Interrupted())
        if self.is_stopped:
            return
        now = time.monotonic()
        due = [paused for paused in self.paused if paused.due <= now]
        self.paused = [paused for paused in self.paused if paused.due > now]
        while self.not_begun and self.in_hand < share():
            due.append(Paused(now, self.not_begun.popleft(), tries=0))
            self.in_hand += 1
        for _, slide, tries in due:
            pool().submit(self.copy_one, slide, tries)

    def copy_one(self, slide: SessionMedia, tries: int) -> None:
        with self.changed:
            if self.is_stopped:
                return
            self.copying += 1
            seconds = self.seconds_left()
        failure = self.try_to_copy(slide, seconds)
        with self.changed:
            self.copying -= 1
            self.note(slide, tries + 1, failure)
            try:
                self.begin()
            except RuntimeError as error:  # the process is ending: no failure of the copy
                self.fail(error)
            if self.is_over or self.paused:
                self.changed.notify_all()

    def try_to_copy(self, slide: SessionMedia, seconds: float | None) -> Exception | None:
        try:
            self.target.copy_from(
                self.source, slide.key, target_key(slide), size=slide.size or 0, seconds=seconds
            )
        except Exception as error:
            return error
        return None

    def note(self, slide: SessionMedia, tries: int, failure: Exception | None) -> None:
        if failure is None:
            self.landed.append(slide)
            self.failing_since = None
            self.in_hand -= 1
        elif isinstance(failure, StoreUnavailable) and (pause := self.pause(tries)):
            self.paused.append(Paused(time.monotonic() + pause, slide, tries))
        elif isinstance(failure, CopyError):
            self.fail(failure)
        else:
            self.fail(CopyError(f"{slide.key}: {failure!r}"))

    def pause(self, tries: int) -> float | None:
        """How long to wait before the next try; None when patience has run out."""
        if self.failing_since is None:
            self.failing_since = time.monotonic()
        left = self.seconds_left()
        if left is None or left <= FIRST_PAUSE_SECONDS:
            return None
        pause: float = FIRST_PAUSE_SECONDS * 2 ** min(tries - 1, 10) * random.uniform(0.75, 1.25)
        return min(pause, MAX_PAUSE_SECONDS, left / 2)  # the last tries have time for an answer

    def seconds_left(self) -> float | None:
        """How long the next try may take; None while no request has failed since a success."""
        if self.failing_since is None:
            return None
        left: float = self.failing_since + settings.COPY_PATIENCE_SECONDS - time.monotonic()
        return max(left, FIRST_PAUSE_SECONDS)  # a try that waited for the pool is still made

    def fail(self, failure: Exception) -> None:
        self.failure = self.failure or failure
        self.is_stopped = True

    def stop(self) -> None:
        with self.changed:
            self.is_stopped = True
            while self.copying:
                self.changed.wait()


# What all copies of the process share.
_under_way: set[ObjectCopies] = set()
_pools: dict[int, ThreadPoolExecutor] = {}
_making_pool = threading.Lock()
_interrupted = threading.Event()


def interrupt_copies() -> None:
    """Let no copy of this process begin a further object, from now on."""
    _interrupted.set()
    for copies in list(_under_way):
        with copies.changed:
            copies.begin()
            copies.changed.notify_all()


def are_interrupted() -> bool:
    return _interrupted.is_set()


def share() -> int:
    """How many objects each copy may have in hand: together they fill the pool."""
    return ceil(settings.COPY_CONCURRENCY / max(1, len(_under_way)))


def pool() -> ThreadPoolExecutor:
    """The process's one pool, made when it is first needed."""
    threads = settings.COPY_CONCURRENCY
    if threads not in _pools:
        with _making_pool:
            if threads not in _pools:
                _pools[threads] = ThreadPoolExecutor(threads, thread_name_prefix="copying")
    return _pools[threads]


def forget_pool() -> None:
    _pools.clear()
    _under_way.clear()


os.register_at_fork(after_in_child=forget_pool)  # its threads stay in the parent
