"""JOIP under its web server, as a process of its own, on the test's database."""

import json
import os
import signal
import subprocess
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from tests.servers import free_port, wait_for_port


def behind(proxy):
    """The variables of a server whose media are in the store behind this proxy."""
    return {
        "COPY_CONCURRENCY": "2",
        "S3_ENDPOINT_URL": proxy.url,
        "S3_REGION": os.environ["TEST_S3_REGION"],
        "S3_ACCESS_KEY_ID": os.environ["TEST_S3_ACCESS_KEY_ID"],
        "S3_SECRET_ACCESS_KEY": os.environ["TEST_S3_SECRET_ACCESS_KEY"],
    }


class Server:
    """With these options of gunicorn, and variables besides those of the run."""

    def __init__(self, *options, log=None, **variables):
        self.port = free_port()
        own = {
            "DATABASE_URL": database_url(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "8",
        }
        self.process = subprocess.Popen(
            [
                *[sys.executable, "-m", "gunicorn", "joip.wsgi"],
                *["--bind", f"127.0.0.1:{self.port}", "--log-level", "critical", *options],
            ],
            env=os.environ | own | variables,
            stderr=log,
            start_new_session=True,
        )
        wait_for_port(self.port)

    def send(self, number):
        """A signal to every process of the server."""
        os.killpg(self.process.pid, number)

    def kill(self):
        self.send(signal.SIGKILL)
        self.process.wait()

    def kill_worker(self):
        """gunicorn forks another at once: ready in no time if the options have `--preload`."""
        pid = self.process.pid
        (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(worker), signal.SIGKILL)

    def post(self, path, cookie):
        """The status and body of the answer, or None where the server died first."""
        asking = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            asking.request(
                "POST",
                path,
                headers={"Cookie": f"session={cookie}", "Content-Type": "application/json"},
            )
            answer = asking.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            return None
        finally:
            asking.close()


def database_url():
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
