"""Places for requests that wait for the media store: receiving uploads, copying, and exports.

Such a request occupies a thread of the web server for as long as a slow client or a slow store
takes. So a process has places for half as many of them as it has threads, and one person holds at
most MAX_MEDIA_REQUESTS_OF_ONE_PERSON: nobody stops it for the others. Each process counts for
itself.
"""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from django.conf import settings

from joip.api.rate_limits import TooManyRequests
from joip.errors import Refusal
from joip.users.models import User
from sessions.queueing import copies_in_workers

RETRY_AFTER_SECONDS = 5  # about as long as an upload or a copy takes


class NoPlace(Refusal):
    """Asking again later helps."""

    retry_after = RETRY_AFTER_SECONDS


class TooManyMediaRequests(NoPlace):
    status = TooManyRequests.status
    body = TooManyRequests(retry_after=RETRY_AFTER_SECONDS).body


class ServerBusy(NoPlace):
    status = 503
    body = {
        "error": "The server is busy with other uploads and copies, please try again",
        "code": "SERVER_BUSY",
    }


_lock = threading.Lock()
_sharing: Counter[tuple[int, Hashable]] = Counter()  # by place, how many requests hold it


@contextmanager
def place(user: User, purpose: Hashable = None, *, alone: bool = False) -> Iterator[None]:
    """Hold a place of this person. Requests at once with the same purpose share one, or, where they
    are to be `alone`, the second is refused.

    Raises TooManyMediaRequests if the person holds as many as allowed, ServerBusy if all are held.
    """
    held = (user.pk, object() if purpose is None else purpose)
    with _lock:
        if alone and held in _sharing:
            raise TooManyMediaRequests
        if held not in _sharing:
            check_limits(user)
        _sharing[held] += 1
    try:
        yield
    finally:
        with _lock:
            _sharing[held] -= 1
            if not _sharing[held]:
                del _sharing[held]


def place_to_copy(user: User, purpose: Hashable = None) -> AbstractContextManager[None]:
    """None is needed where workers copy: they have their own limit (`sessions.queued_copies`)."""
    return nullcontext() if copies_in_workers() else place(user, purpose)


def place_to_save(
    user: User, community_session_id: int
) -> Callable[[], AbstractContextManager[None]]:
    """Repeats of one save at once share a place."""
    return partial(place_to_copy, user, purpose=f"save {community_session_id}")


def check_limits(user: User) -> None:
    limit = settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON
    if limit and sum(person == user.pk for person, _ in _sharing) >= limit:
        raise TooManyMediaRequests
    if len(_sharing) >= max(1, settings.WEB_THREADS // 2):
        raise ServerBusy
