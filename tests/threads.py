"""Real threads, each with a database connection of its own, given back at its end."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def elsewhere(deed):
    """The deed, to be called from a thread that is not the test's."""

    def do(*args, **options):
        try:
            return deed(*args, **options)
        finally:
            connection.close()

    return do


def all_at_once(*deeds):
    """Do them in as many threads, begun together; what each returned or raised."""
    start = threading.Barrier(len(deeds))

    def run(deed):
        start.wait()
        try:
            return elsewhere(deed)()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
