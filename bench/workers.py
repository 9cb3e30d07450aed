"""Copies in workers: `python -m bench.workers [SAVES]`, some minutes for 1,000.

How long a save takes to be answered, what a second worker adds, and many queued saves at once:
how quickly they are copied, what that costs the database, and what others wait meanwhile.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from statistics import median, quantiles

from bench.servers import buckets, database, start_servers

SAVES = 1000
MEDIA = 10  # of each queued save
ANSWERS = 15
LARGE = 500
BATCH, BATCH_MEDIA = 20, 80  # what one worker copies, and then two
AT_ONCE = 4  # objects of each of these, so that the store is the limit and not this machine
LATENCY = 0.05
QUIET_REQUESTS = 500


def main(saves=SAVES):
    sys.stdout.reconfigure(line_buffering=True)
    os.environ["COPY_IN"] = "workers"
    start_servers()
    logging.disable(logging.WARNING)  # saves that are deleted while they wait
    with database(), buckets():
        from django.conf import settings

        from bench.tables import latency, print_conditions
        from tests.factories import make_person, set_price

        print_conditions(MEDIA)
        busy = os.getloadavg()[0]
        print(f"load       {busy:.1f} before the measures: beyond 1, ratios are too bad")
        set_price(10)
        author = make_person("author")
        measure_answers(author)
        with latency(settings.S3_ENDPOINT_URL, LATENCY) as address:
            measure_two_workers(author, address)
            measure_queue(author, address, int(saves))


def whole_share(author, media):
    from django.test.utils import override_settings

    from bench.measures import make_share

    with override_settings(COPY_IN="request"):
        return make_share(author, media)


def measure_answers(author):
    """No worker is there, so the saves wait, and are deleted."""
    from bench.measures import delete_saved, poster, timed
    from tests.factories import make_person

    saver = make_person("saver", balance=10**6)
    posts = {media: poster(whole_share(author, media), saver) for media in (0, LARGE)}
    times = {media: [] for media in posts}
    for _ in range(ANSWERS):
        for media, post in posts.items():
            seconds, saved = timed(post)
            times[media].append(1000 * seconds)
            delete_saved(saved)
    small, large = median(times[0]), median(times[LARGE])
    print(f"\nA save of 0 media is answered in {small:.1f} ms, of {LARGE} in {large:.1f} ms:")
    print(f"{large / small:.2f} times as long (aim: 1.3)")


def measure_two_workers(author, address):
    os.environ["COPY_CONCURRENCY"] = str(AT_ONCE)
    share = whole_share(author, BATCH_MEDIA)
    rates = []
    for count in (1, 2):
        with workers(address, count) as wake:
            queue_saves(share, BATCH, f"{count} workers")
            started = time.perf_counter()
            wake()
            wait_for(all_whole)
            rates.append(BATCH * BATCH_MEDIA / (time.perf_counter() - started))
    print(
        f"\nAt {LATENCY * 1000:.0f} ms latency one worker copies {rates[0]:.0f} objects a second,"
    )
    print(f"two {rates[1]:.0f}: {rates[1] / rates[0]:.2f} times as many (aim: 1.8)")


def measure_queue(author, address, saves):
    from bench.others import asked, print_times, server, time_of_a_view

    share = whole_share(author, MEDIA)
    cookie = sign_in()
    with server(address) as port, workers(address, 2) as wake:
        queue_saves(share, saves, "queue")
        asked(port, "GET", "/api/auth/user", cookie)
        quiet = [time_of_a_view(port, cookie) for _ in range(QUIET_REQUESTS)]
        before, started = committed(), time.perf_counter()
        during, watching = [], Watch()
        wake()
        while not watching.is_over():
            during.append(time_of_a_view(port, cookie))
        seconds = watching.ended - started
        transactions = (committed() - before) / seconds
    print(f"\n{saves} queued saves of {MEDIA} media, two workers, {LATENCY * 1000:.0f} ms latency")
    objects = saves * MEDIA / seconds
    print(f"throughput   {saves / seconds:.1f} saves and {objects:.0f} objects a second")
    print(f"oldest wait  {seconds:.1f} s, since the workers woke")
    print(f"database     {transactions:.0f} transactions a second, {watching.active} at once")
    print("\nGET /api/auth/user, ms     requests      p50      p99  longest")
    print_times("before", quiet)
    print_times(f"during {saves} saves", during)
    ratio = p99(during) / p99(quiet)
    print(f"p99 is {ratio:.1f} times as long (aim: under 3)")


class Watch:
    """Asks the database, in a thread, how far the copies are and how many statements run."""

    def __init__(self):
        self.active, self.ended = 0, None
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def is_over(self):
        return not self.thread.is_alive()

    def watch(self):
        from django.db import connection

        while not all_whole():
            active = "SELECT count(*) - 1 FROM pg_stat_activity WHERE state = 'active'"
            self.active = max(self.active, asked_database(active))
            time.sleep(0.1)
        self.ended = time.perf_counter()
        connection.close()


def p99(times):
    return quantiles(times, n=100, method="inclusive")[98]


def queue_saves(share, count, name):
    from community.saving import save_session
    from tests.factories import make_person

    for number in range(count):
        person = make_person(f"{name} {number}", balance=50)
        save_session(community_session_id=share.pk, user=person)


def sign_in():
    from django.test import Client

    from tests.factories import make_person

    client = Client()
    client.force_login(make_person("other"))
    return client.cookies["session"].value


@contextmanager
def workers(address, count):
    """So many, started and then stopped until the function that is yielded wakes them."""
    from tests.web_server import database_url

    own = {"DATABASE_URL": database_url(), "S3_ENDPOINT_URL": address}
    with ExitStack() as ending:
        started = []
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"], env=os.environ | own
            )
            ending.callback(process.wait)
            ending.callback(process.terminate)
            started.append(process)
        wait_for(lambda: asked_database("SELECT count(*) FROM procrastinate_workers") >= 3 * count)
        for process in started:
            process.send_signal(signal.SIGSTOP)
        yield lambda: [process.send_signal(signal.SIGCONT) for process in started]


def all_whole():
    from sessions.models import Session

    return not Session.objects.copying().exists()


def committed():
    return asked_database("SELECT sum(xact_commit)::bigint FROM pg_stat_database")


def asked_database(query):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def wait_for(condition, seconds=1200):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {seconds} s")
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
