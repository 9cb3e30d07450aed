"""Workers as processes of their own, on the test's database and the store behind a proxy."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from sessions.models import Session
from tests import ledgers
from tests.web_server import behind, database_url

LEASE_SECONDS = 2

# Only where the run's database has the queue: on PostgreSQL.
needs_queue = pytest.mark.skipif(
    "procrastinate.contrib.django" not in settings.INSTALLED_APPS, reason="needs PostgreSQL"
)

# A process whose clock is so many seconds ahead.
AHEAD = """
import sys, time
ahead, now = float(sys.argv[1]), time.time
time.time = lambda: now() + ahead
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "worker"])
"""


class Worker:
    def __init__(self, proxy, *, clock_ahead=0, log=None, **variables):
        own = {
            "COPY_IN": "workers",
            "COPY_LEASE_SECONDS": str(LEASE_SECONDS),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "joip.settings",
            "LOG_LEVEL": "WARNING",
            "WORKER_JOBS": "4",
            "WORKER_NICENESS": "0",  # or other tests would leave them too little of the processor
        }
        script = ["-c", AHEAD, str(clock_ahead)] if clock_ahead else ["manage.py", "worker"]
        self.process = subprocess.Popen(
            [sys.executable, *script],
            cwd=settings.BASE_DIR,
            env=os.environ | own | behind(proxy) | variables,
            stderr=log,
        )

    def send(self, number):
        self.process.send_signal(number)

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Gracefully; its exit status."""
        self.send(signal.SIGTERM)
        return self.process.wait(60)


class Workers:
    """Some that live as long as a module's tests, since each takes seconds to start. A test that
    kills one leaves it to the next to start another.
    """

    def __init__(self, proxy):
        self.proxy, self.alive, self.stopped = proxy, [], None

    def start(self, count=1):
        """Exactly so many; they are returned. Some may have ended, as a test asked them to."""
        self.alive = [worker for worker in self.alive if worker.is_alive()]
        while len(self.alive) > count:
            self.alive.pop().kill()
        while len(self.alive) < count:
            self.alive.append(Worker(self.proxy))
        return self.alive

    def only_one(self):
        """A worker, and another that is stopped until `the_other` wakes it."""
        worker, self.stopped = self.start(2)
        self.stopped.send(signal.SIGSTOP)
        return worker

    def the_other(self):
        self.stopped.send(signal.SIGCONT)

    def kill(self, worker):
        worker.kill()
        self.alive.remove(worker)
        with connection.cursor() as cursor:  # or they would be waited for
            cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'doing'")

    def settle(self):
        """Leave nobody at work: the tables are about to be emptied."""
        for worker in self.alive:
            worker.send(signal.SIGCONT)
        Session.objects.copying().delete()
        wait_until(lambda: not jobs(status="doing").exists())

    def stop(self):
        for worker in self.alive:
            worker.kill()
        self.alive = []


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def all_whole():
    return not Session.objects.copying().exists()


def check_objects():
    """Once the workers have also deleted what nobody names: objects go after their rows."""
    end = time.monotonic() + 60
    while True:
        try:
            return ledgers.check_objects()
        except AssertionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.05)


def jobs(**which):
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(**which).order_by("pk")
