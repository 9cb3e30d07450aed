"""Reading rows as they were at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def database_snapshot() -> Iterator[None]:
    """All that is read inside is as it was at the first read; nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Our settings begin each transaction as a writer's, and all writers would wait.
    connection.ensure_connection()  # which reads the mode from the settings
    mode = connection.transaction_mode  # type: ignore[attr-defined]  # SQLite's
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]
