"""How long others wait while 32 people save at once: `python -m bench.others`, about a minute.

A real server, whose store answers each copy after 50 ms. The others ask for their own account,
the emptiest view that needs a sign-in, one request after another.
"""

import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from statistics import quantiles

from bench.servers import buckets, database, start_servers

PEOPLE = 32
OBJECTS = 200  # of each save
LATENCY = 0.05
QUIET_REQUESTS = 500
ROW = "{:<24}{:>10}{:>9}{:>9}{:>9}"


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start_servers()
    with database(), buckets():
        from django.conf import settings

        from bench.tables import latency, print_conditions

        print_conditions(OBJECTS)
        share, cookies = prepare()
        other = cookies.pop()
        with latency(settings.S3_ENDPOINT_URL, LATENCY) as address, server(address) as port:
            asked(port, "GET", "/api/auth/user", other)
            quiet = [time_of_a_view(port, other) for _ in range(QUIET_REQUESTS)]
            print()
            print(ROW.format("GET /api/auth/user, ms", "requests", "p50", "p99", "longest"))
            print_times("before", quiet)
            saves = Saves(port, share, cookies)
            during = []
            while saves.are_under_way():
                during.append(time_of_a_view(port, other))
            print_times(f"during {PEOPLE} saves", during)
            copies = PEOPLE * OBJECTS
            print(f"The saves took {saves.seconds:.1f} s: {copies / saves.seconds:.0f} copies a")
            print(f"second; {saves.refused} times one was asked to come again in some seconds.")


def prepare():
    """A share, and the cookies of those who save it and of one more."""
    from bench.measures import make_share
    from tests.factories import make_person, set_price

    set_price(10)
    share = make_share(make_person("author"), OBJECTS)
    cookies = [sign_in(f"person {number}", balance=50) for number in range(PEOPLE + 1)]
    return share, cookies


def sign_in(name, **fields):
    """A new person's cookie."""
    from django.test import Client

    from tests.factories import make_person

    client = Client()
    client.force_login(make_person(name, **fields))
    return client.cookies["session"].value


@contextmanager
def server(store):
    from urllib.parse import urlsplit

    from django.db import connection

    from tests.servers import free_port, wait_for_port

    port = free_port()
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "joip.wsgi", "--log-level", "critical"],
        env=os.environ
        | {
            "PORT": str(port),
            "DATABASE_URL": url,
            "S3_ENDPOINT_URL": store,
            "ALLOWED_HOSTS": "127.0.0.1",
        },
        stderr=subprocess.DEVNULL,  # where each 503 is logged
    )
    try:
        wait_for_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


class Saves:
    """All people save at once, each in a thread, and come again when they are told to."""

    def __init__(self, port, share, cookies):
        self.port, self.path = port, f"/api/community/sessions/{share.pk}/save"
        self.refused, self.seconds, self.started = 0, 0.0, time.perf_counter()
        self.threads = [threading.Thread(target=self.save, args=(cookie,)) for cookie in cookies]
        for thread in self.threads:
            thread.start()

    def are_under_way(self):
        return any(thread.is_alive() for thread in self.threads)

    def save(self, cookie):
        while (answer := asked(self.port, "POST", self.path, cookie)).status != 200:
            assert answer.status == 503, answer.status
            self.refused += 1
            time.sleep(int(answer.getheader("Retry-After")))
        self.seconds = max(self.seconds, time.perf_counter() - self.started)


def time_of_a_view(port, cookie):
    return time_of(port, "GET", "/api/auth/user", cookie)


def time_of(port, method, path, cookie):
    """Milliseconds, the connection's time included."""
    started = time.perf_counter()
    assert asked(port, method, path, cookie).status == 200
    return 1000 * (time.perf_counter() - started)


def asked(port, method, path, cookie):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, headers={"Cookie": f"session={cookie}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def print_times(name, times):
    cuts = quantiles(times, n=100, method="inclusive")
    numbers = [f"{number:.1f}" for number in (cuts[49], cuts[98], max(times))]
    print(ROW.format(name, len(times), *numbers))


if __name__ == "__main__":
    main()
