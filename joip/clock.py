"""How far the clock of this process is off the database's, by which leases are counted."""

import logging
import threading
import time
from typing import NamedTuple

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

MAX_SECONDS_OFF = 60
MEASURED_FOR_SECONDS = 60
WATCHED_EVERY_SECONDS = 60


class Measured(NamedTuple):
    at: float  # by time.monotonic()
    ahead: float  # of the database's clock, before time.monotonic()


_measured: Measured | None = None


def seconds_off() -> float:
    """How far this clock is ahead. The database is asked once a minute: in between, a change of
    this clock is noticed at once. 0 on SQLite, which has no clock of its own.
    """
    global _measured
    if connection.vendor != "postgresql":
        return 0.0
    if _measured is None or time.monotonic() > _measured.at + MEASURED_FOR_SECONDS:
        _measured = measure()
    return time.time() - time.monotonic() - _measured.ahead


def measure() -> Measured:
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8")
        (seconds,) = cursor.fetchone()
    ended = time.monotonic()
    return Measured(ended, seconds - (started + ended) / 2)


def clock_problem(allowed: float = MAX_SECONDS_OFF) -> str | None:
    """What is wrong with the clock, if it is off by more than so many seconds."""
    off = seconds_off()
    if abs(off) <= allowed:
        return None
    direction = "ahead of" if off > 0 else "behind"
    return f"this machine's clock is {abs(off):.0f} s {direction} the database's: set it by NTP"


def log_clock_problem() -> None:
    if problem := clock_problem():
        logger.warning(problem)


def watch_clock() -> None:
    """In a thread of its own, for as long as the process lives."""
    while True:
        try:
            log_clock_problem()
        except DatabaseError:
            pass  # whoever asks the database for something else says so
        finally:
            connection.close()
        time.sleep(WATCHED_EVERY_SECONDS)


def watch_clock_in_a_thread() -> None:
    threading.Thread(target=watch_clock, name="clock", daemon=True).start()
