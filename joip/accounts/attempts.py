"""Counts of what may be tried a few times only: wrong passwords and sign-ups.

They are in the database: the default cache belongs to one process, so each process would allow as
many again, and a shared cache may fail. Keys contain no name and no address, only their HMAC.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from joip.accounts.models import AttemptCount
from joip.api.rate_limits import TooManyRequests
from joip.api.security_log import record

# Much later than the end of the window, so that `add_attempt` finds the row that it has just seen.
KEPT = timedelta(hours=1)


def key_of(what: str, *who: str) -> str:
    text = ":".join(who).encode(errors="surrogatepass")
    return f"{what}:{salted_hmac('joip.accounts.attempts', text, algorithm='sha256').hexdigest()}"


def attempts_in(key: str) -> AttemptCount:
    """The count of the present window; one of no attempts, not stored, if there is no window."""
    now = timezone.now()
    counted = AttemptCount.objects.filter(key=key, window_ends_at__gt=now).first()
    return counted or AttemptCount(key=key, window_ends_at=now, next_turn_at=now)


@transaction.atomic
def add_attempt(key: str, *, seconds: int) -> AttemptCount:
    """Count one attempt; the first begins a window of so many seconds."""
    now = timezone.now()
    counted = AttemptCount.objects.filter(key=key)
    counted.filter(window_ends_at__lte=now).delete()
    first = AttemptCount(key=key, window_ends_at=now + timedelta(seconds=seconds), next_turn_at=now)
    AttemptCount.objects.bulk_create([first], ignore_conflicts=True)
    counted.update(attempts=F("attempts") + 1)
    return counted.get()


def count_to(
    limit: int, request: HttpRequest, *, key: str, seconds: int, person: int | None = None
) -> None:
    """Count one attempt, and refuse it if there were `limit` before."""
    tried = add_attempt(key, seconds=seconds)
    if tried.attempts > limit:
        record("throttled", request, person=person)
        raise TooManyRequests(retry_after=tried.seconds_left)


def take_turn(key: str, *, seconds: int) -> bool:
    """Whether this is the one attempt that is allowed in so many seconds."""
    now = timezone.now()
    open_turn = AttemptCount.objects.filter(key=key, next_turn_at__lte=now)
    return bool(open_turn.update(next_turn_at=now + timedelta(seconds=seconds)))


def forget_old_attempts() -> int:
    """The number of rows deleted."""
    return AttemptCount.objects.filter(window_ends_at__lt=timezone.now() - KEPT).delete()[0]
