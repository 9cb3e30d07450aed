import os
import subprocess
import sys

from django.conf import settings

from tests.servers import free_port


def start_demo(folder, **variables):
    """`manage.py demo` as a process, with its database and media in the folder."""
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DEBUG": "true",
        "DATA_DIR": str(folder),
        "S3_ENDPOINT_URL": "",
        "DATABASE_URL": f"sqlite:///{folder}/joip.sqlite3",
        "PORT": str(free_port()),
        "DEMO_SERVE": "0",
        "DEMO_MEDIA": "small",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env=env | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        umask=0o022,  # the usual one
    )


def read_story(serving):
    """What a demo with DEMO_SERVE=1 says until it serves."""
    said = []
    for line in serving.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(said)
