"""Whether this process can do its work: `/readyz` of `joip.operations.probes`."""

import logging
import shutil
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from joip.clock import clock_problem
from joip.media.buckets import GENERAL, USER_MEDIA, get_bucket
from joip.media.copy_errors import CopyError

logger = logging.getLogger(__name__)

OK = "ok"
STORE_SECONDS = 2  # for each bucket
FRESH_SECONDS = 2  # so many probes a second, from wherever, cost one


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.error("not ready: the database: %s", " ".join(str(error).split()))
        return "does not answer"
    return OK


_migrated = threading.Event()


def migrations() -> str:
    """Read until they are complete: what a process knows of them changes only by a restart."""
    if _migrated.is_set():
        return OK
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "cannot be read"
    if missing:
        return f"{len(missing)} to be made: run manage.py migrate"
    _migrated.set()
    return OK


def store() -> str:
    for name in (GENERAL, USER_MEDIA):
        try:
            get_bucket(name).check(seconds=STORE_SECONDS)
        except CopyError as error:
            logger.error("not ready: the media store: %s", error)
            return f"the bucket {name} does not answer as it should: run manage.py check_store"
    return OK


def disk() -> str:
    """Where uploads are received, and SQLite and folders of media are."""
    free = shutil.disk_usage(settings.DATA_DIR).free // 2**20
    if free < settings.MIN_FREE_DISK_MB:
        return f"{free} MB are free, fewer than MIN_FREE_DISK_MB"
    return OK


def clock() -> str:
    try:
        return clock_problem() or OK
    except DatabaseError:
        return "cannot be compared"


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "store": store,
    "disk": disk,
    "clock": clock,
}


class Health:
    """The last results. While they are read anew, others get the old ones."""

    def __init__(self) -> None:
        self.results: dict[str, str] = {}
        self.read_at = float("-inf")
        self.reading = threading.Lock()

    def current(self) -> dict[str, str]:
        if time.monotonic() < self.read_at + FRESH_SECONDS:
            return self.results
        if not self.reading.acquire(blocking=not self.results):
            return self.results
        try:
            if time.monotonic() >= self.read_at + FRESH_SECONDS:
                self.results = {name: check() for name, check in CHECKS.items()}
                self.read_at = time.monotonic()
            return self.results
        finally:
            self.reading.release()


health = Health()
