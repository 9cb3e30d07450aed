"""What the community's pages cost among a million shares and ten million saves.

`python -m bench.feed [SHARES SAVES]`: fills a PostgreSQL of its own, with as many as half of
the free disk holds, and asks each page for at most ten seconds. It takes about ten minutes, and
gives up after MOST_SECONDS. Ends with 1 if a page reads a large table whole; small ones are
rightly read so.
"""

import os
import re
import signal
import sys
import tempfile
import time
from statistics import quantiles

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import community
from bench.servers import database, start_servers

SHARES, SAVES = 1_000_000, 10_000_000
SECONDS_TO_FILL = 900  # then no more saves are begun
MOST_SECONDS = 2400
REQUESTS, SECONDS_A_PAGE = 300, 10
ROW = "{:<34}{:>8}{:>8}{:>12}   {}"
LARGE_TABLES = ["library_session", "session_media", "users_user", "community_"]


def main(shares=SHARES, saves=SAVES):
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(MOST_SECONDS)
    start_servers()
    shares, saves = community.fitting(int(shares), int(saves), tempfile.gettempdir())
    with database():
        if "TEST_DATABASE_URL" not in os.environ:
            set_up_server()
        started = time.monotonic()
        saves = community.fill(shares=shares, saves=saves, seconds=SECONDS_TO_FILL)
        print(f"{shares:,} shares, {saves:,} saves, made in {time.monotonic() - started:.0f} s\n")
        print(ROW.format("", "p50 ms", "p99 ms", "statements", "tables read whole"))
        whole = [measure(name, page) for name, page in pages(shares).items()]
    sys.exit(any(whole))


def give_up(*args):
    raise TimeoutError(f"not done after {MOST_SECONDS} s; fewer SHARES and SAVES are quicker")


def set_up_server():
    """As one with an SSD, on which reading here and there costs little more than in a row.

    And quick to fill: it is thrown away, and need not survive a power cut.
    """
    with connection.cursor() as cursor:
        for setting in (
            "random_page_cost = 1.1",
            "fsync = off",
            "max_wal_size = '8GB'",
            "checkpoint_timeout = '1h'",
        ):
            cursor.execute(f"ALTER SYSTEM SET {setting}")
        cursor.execute("SELECT pg_reload_conf()")


def pages(shares):
    """Functions that return the address of a page, another one at each call, by what it shows."""
    words = community.vocabulary()
    categories, subreddits = community.CATEGORIES, community.SUBREDDITS
    return {
        "new": lambda n: f"?sort=new&page={n % 5 + 1}",
        "top": lambda n: f"?sort=top&page={n % 5 + 1}",
        "hot": lambda n: f"?sort=hot&page={n % 5 + 1}",
        "hot, the last pages": lambda n: f"?sort=hot&page={50 - n % 5}",
        "hot, of a category": lambda n: f"?sort=hot&categoryId={n % categories + 1}",
        "top, of a category by its slug": lambda n: (
            f"?sort=top&categorySlug=category-{n % categories + 1}"
        ),
        "new, of a subreddit": lambda n: f"?subreddit=sub{n % subreddits}",
        "new, of a creator": lambda n: f"?creatorId={n % community.MEMBERS + 1}",
        "search: a word of three in four": lambda n: f"?search={words[0]}&page={n % 5 + 1}",
        "search: common words, hot": lambda n: f"?search={words[n % 10 + 1]}&sort=hot",
        "search: a word of one in a hundred": lambda n: f"?search={words[150 + n % 100]}&sort=top",
        "search: rare words": lambda n: f"?search={words[-1 - n]}",
        "search: two words": lambda n: f"?search={words[n % 10]}+{words[50 + n % 50]}&sort=hot",
        "search: a beginning of words": lambda n: f"?search={words[n][:3]}",
        "search: two letters": lambda n: f"?search={words[n][:2]}&sort=hot",
        "search: ten beginnings": lambda n: "?search=" + "+".join(w[:2] for w in words[n : n + 10]),
        "search: one character": lambda n: f"?search={chr(0x4E00 + n + 1)}",
        "search: a pair of characters": lambda n: (
            f"?search={chr(0x4E00 + n % 20 + 1)}{chr(0x4E00 + n + 1)}"
        ),
        "search: three characters": lambda n: (
            f"?search={chr(0x4E00 + n % 5 + 1)}{chr(0x4E00 + n % 20 + 1)}{chr(0x4E00 + n + 1)}"
        ),
        "search: a creator": lambda n: f"?search=member+{n % community.MEMBERS + 1}",
        "search: nothing to be found": lambda n: f"?search=qq{n}",
        "one item with its slides": lambda n: f"/sessions/{n * 100 % shares + 50}",
    }


def measure(name, page):
    """Print what it costs; whether it reads a table whole."""
    get = signed_in()
    get(page(0))
    deadline = time.monotonic() + SECONDS_A_PAGE
    times = []
    while len(times) < REQUESTS and (len(times) < 2 or time.monotonic() < deadline):
        started = time.perf_counter()
        get(page(len(times)))
        times.append(1000 * (time.perf_counter() - started))
    cuts = quantiles(times, n=100, method="inclusive")
    statements, whole = explained(lambda: get(page(1)))
    told = ", ".join(sorted(whole)) or "-"
    print(ROW.format(name, f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", statements, told))
    return whole


def signed_in():
    from rest_framework.test import APIClient

    from joip.users.models import User
    from tests.factories import set_price

    set_price(10)
    client = APIClient()
    client.force_login(User.objects.get(pk=77))

    def get(address):
        answer = client.get(f"/api/community{address}")
        assert answer.status_code == 200, (address, answer.content)

    return get


def explained(request):
    """How many statements a request takes, and which of the large tables they read whole."""
    with CaptureQueriesContext(connection) as captured:
        request()
    whole = set()
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            scanned = re.findall(r"Seq Scan on (\w+)", plan)
            whole |= {table for table in scanned if table.startswith(tuple(LARGE_TABLES))}
    return len(captured), whole


if __name__ == "__main__":
    main(*sys.argv[1:])
