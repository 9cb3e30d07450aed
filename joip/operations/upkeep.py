"""What has to be done from time to time, where there are workers to do it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from zlib import crc32

from django.core.management import call_command
from django.db import connections

from community.moderation import finish_decisions
from sessions.queued_copies import defer_forgotten
from sessions.snapshots import remove_retired_snapshots

logger = logging.getLogger(__name__)


def look_after_rows() -> None:
    with alone("look after rows") as is_alone:
        if is_alone:
            for deed in (defer_forgotten, finish_decisions, remove_retired_snapshots, clear):
                attempt(deed)


def prune_objects() -> None:
    """Once a day, since it lists the whole store."""
    with alone("prune objects") as is_alone:
        if is_alone:
            call_command("prune_media")


def clear() -> None:
    call_command("clear_expired", stdout=Discarded())


class Discarded:
    def write(self, text: str) -> None:
        pass


def attempt(deed: Callable[[], object]) -> None:
    try:
        deed()
    except Exception:
        logger.exception("%s failed; the next minute tries again", deed.__name__)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether no other process does the same now. Running twice would be harmless, but no use.

    The lock belongs to a connection of its own, since deeds give theirs back in between.
    """
    key = crc32(f"joip {name}".encode())
    with closing(connections.create_connection("default")) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
