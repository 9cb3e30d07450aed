import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from bench import measures
from tests.factories import make_person, set_price
from tests.servers import free_port, wait_for_port

LATENCY = 0.05  # seconds before every copy: a store in another city
AIMS = {0: 0.90, LATENCY: 0.95}  # of the bare loop's copies per second
MEDIA_COUNTS = (0, 10, 100, 500)

RATES = "{:<28}{:>8}{:>14}{:>9}{:>17}{:>7}"
TIMES = "{:<28}{:>8}{:>14}"


def print_all():
    print_conditions(measures.OBJECTS)
    set_price(10)
    author, saver = make_person("author"), make_person("saver", balance=10**6)
    share = measures.make_share(author, measures.OBJECTS)
    print_rates(share, saver)
    print_times(share, author, saver)


def print_conditions(objects):
    major, minor = divmod(connection.pg_version, 10_000)
    store = os.environ.get("TEST_S3_ENDPOINT_URL") or "rclone serve s3, on this machine"
    print(f"machine    {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"database   PostgreSQL {major}.{minor}")
    print(f"store      {store}")
    print(f"a save of  {objects} objects of 64 to 256 KiB, {settings.COPY_CONCURRENCY} at a time")


def print_rates(share, saver):
    """Medians of rounds that measure each side in turn; a ratio is of one round's two."""
    print()
    print(RATES.format("copies per second", "save", "bare loop", "ratio", "lowest-highest", "aim"))
    for seconds, aim in AIMS.items():
        name = f"{seconds * 1000:.0f} ms latency" if seconds else "no latency"
        with latency(settings.S3_ENDPOINT_URL, seconds) as address:
            print_rate(name, measures.save_and_bare_loop(share, saver, address), f"{aim:.2f}")
    print()
    print(RATES.format("", "save", "one by one", "ratio", "lowest-highest", ""))
    print_rate("through the process", measures.save_and_one_by_one(share, saver), "")


def print_rate(name, rates, aim):
    ratio, spread = f"{rates.ratio:.2f}", f"{rates.lowest_ratio:.2f}-{rates.highest_ratio:.2f}"
    print(RATES.format(name, f"{rates.save:.0f}", f"{rates.other:.0f}", ratio, spread, aim))


def print_times(share, author, saver):
    print()
    print(TIMES.format("over HTTP, no latency", "ms", "statements"))
    print_time("repeat", measures.repeat(share, saver))
    for media in MEDIA_COUNTS:
        share = measures.make_share(author, media)
        print_time(f"first save of {media} media", measures.first_save(share, saver))
    print("A copy records what has landed every second, in up to 2 statements.")


def print_time(name, cost):
    print(TIMES.format(name, f"{cost.seconds * 1000:.1f}", cost.statements))


@contextmanager
def latency(address, seconds, *prefix):
    """The store's address, behind a proxy in a process of its own if it is to be slow."""
    if not seconds:
        yield address
        return
    port = free_port()
    proxy = subprocess.Popen(
        [*prefix, sys.executable, "-m", "tests.store_proxy", address, str(port), str(seconds)],
        stderr=subprocess.DEVNULL,  # where each connection of a killed process is logged
    )
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}{urlsplit(address).path}"
    finally:
        proxy.kill()
        proxy.wait()
