"""The database connection of a thread that waits for something else, such as the media store."""

from django.db import connection


def give_back_connection() -> None:
    """Let others have the database connection while this thread waits for something else.

    SQLite has no pool, and opening its file again takes 1 ms.
    """
    if connection.vendor != "sqlite":
        connection.close()
