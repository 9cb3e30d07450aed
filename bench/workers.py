"""Copies in workers: `python -m bench.workers [SAVES]`, some minutes for 1,000.

How long a save takes to be answered, what a second worker adds, many queued saves at once (how
quickly they are copied, what that costs the database, what others wait meanwhile), and how long the
copies of a killed worker take.
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
ANSWERS = 25  # of which the first ones find nothing cached
WARM_UP = 5
LARGE = 500
BATCH, BATCH_MEDIA = 20, 80  # what one worker copies, and then two
AT_ONCE = 4  # objects of each of these, so that the store is the limit and not this machine
LATENCY = 0.05
QUIET_REQUESTS = 500
# A store at such latency would be on another machine, and cost this one no processor.
ELSEWHERE = ("nice", "-n", "19")


def main(saves=SAVES):
    sys.stdout.reconfigure(line_buffering=True)
    os.environ["COPY_IN"] = "workers"
    start_servers(*ELSEWHERE)
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
        with latency(settings.S3_ENDPOINT_URL, LATENCY, *ELSEWHERE) as address:
            measure_answers(author, address)
            measure_two_workers(author, address)
            measure_queue(author, address, int(saves))
            measure_kill(author, address)


def whole_share(author, media):
    from django.test.utils import override_settings

    from bench.measures import make_share

    with override_settings(COPY_IN="request"):
        return make_share(author, media)


def measure_answers(author, address):
    """No worker is there, so the saves wait, and are deleted."""
    from bench.others import asked, server, sign_in, time_of
    from sessions.deletion import delete_session
    from sessions.models import Session

    paths = {
        media: f"/api/community/sessions/{whole_share(author, media).pk}/save"
        for media in (0, LARGE)
    }
    times = {media: [] for media in paths}
    with server(address) as port:
        for number in range(ANSWERS):
            cookie = sign_in(f"saver {number}", balance=50)
            for media, path in paths.items():
                asked(port, "GET", "/api/auth/user", cookie)
                times[media].append(time_of(port, "POST", path, cookie))
    for session in Session.objects.copying():
        delete_session(session=session)
    small, large = (median(times[media][WARM_UP:]) for media in paths)
    print(f"\nA save of 0 media is answered in {small:.1f} ms, of {LARGE} in {large:.1f} ms:")
    print(f"{large / small:.2f} times as long (aim: 1.3)")


def measure_two_workers(author, address):
    os.environ["COPY_CONCURRENCY"] = str(AT_ONCE)
    share = whole_share(author, BATCH_MEDIA)
    rates = []
    for count in (1, 2):
        with workers(address, count) as processes:
            queue_saves(share, BATCH, f"{count} workers")
            started = time.perf_counter()
            wake(processes)
            wait_for(all_whole)
            rates.append(BATCH * BATCH_MEDIA / (time.perf_counter() - started))
    print(
        f"\nAt {LATENCY * 1000:.0f} ms latency one worker copies {rates[0]:.0f} objects a second,"
    )
    print(f"two {rates[1]:.0f}: {rates[1] / rates[0]:.2f} times as many (aim: 1.8)")


def measure_kill(author, address):
    from django.conf import settings

    share = whole_share(author, LARGE)
    with workers(address, 2) as processes:
        queue_saves(share, 2, "killed")
        wake(processes)
        wait_for(both_are_being_copied)
        processes[0].kill()
        started = time.perf_counter()
        wait_for(all_whole)
        seconds = time.perf_counter() - started
    print(f"\nA worker was killed while it copied {LARGE} media: they were whole {seconds:.0f} s")
    print(f"later (aim: the lease of {settings.COPY_LEASE_SECONDS} s and 70 s)")


def both_are_being_copied():
    from sessions.models import Session

    begun = Session.objects.at_work().with_media_counts().filter(media_copied__gt=0)
    return begun.count() == 2


def measure_queue(author, address, saves):
    from bench.others import asked, print_times, server, sign_in, time_of_a_view

    share = whole_share(author, MEDIA)
    cookie = sign_in("other")
    with server(address) as port, workers(address, 2) as processes:
        queue_saves(share, saves, "queue")
        asked(port, "GET", "/api/auth/user", cookie)
        quiet = [time_of_a_view(port, cookie) for _ in range(QUIET_REQUESTS)]
        before, started = committed(), time.perf_counter()
        during, watching = [], Watch()
        wake(processes)
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
            time.sleep(0.5)
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


@contextmanager
def workers(address, count):
    """So many processes, started and then stopped until `wake`."""
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
        yield started


def wake(processes):
    for process in processes:
        process.send_signal(signal.SIGCONT)


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
