"""Django's PostgreSQL backend, with a pool that outlives a restart of the database.

The sizes and time limits of the pool are in `joip.settings`. The ENGINE in Django's settings names
this package, and Django wants this module in it.
"""

import select
import threading
from typing import Any

from django.db import connections
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

closing = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        while is_lost(connection):
            # The pool drops it and connects again. With its own check of connections, the pool
            # pauses for seconds after each lost one.
            connection._pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def is_lost(connection: Connection) -> bool:
    """Whether the database has closed the connection.

    Then there is something to read from it. Only in that case a query is sent, so that the look
    costs other connections no round trip.
    """
    waiting = select.poll()
    try:
        waiting.register(connection.fileno(), select.POLLIN)
        if waiting.poll(0):
            ConnectionPool.check_connection(connection)
    except OperationalError:
        return True
    return False


def connecting_failed(pool: ConnectionPool) -> None:
    """Close a pool that is left without any connection, so that nobody waits for one in vain."""
    if not pool.get_stats()["pool_size"]:
        # In another thread, since closing waits for the pool's own threads, and this is one.
        threading.Thread(target=close, args=[pool]).start()


def close(pool: ConnectionPool) -> None:
    default: Any = connections["default"]
    with closing:
        if default.pool is pool:
            default.close_pool()  # the next request opens a new one
