"""Starts of `manage.py` and the like, without the imports of each: a process has them already, and
forks. It has no threads, which pytest may have. A line of JSON asks it, and another is its answer.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

SECONDS = 30
# The settings themselves read the variables, so that each start imports its own.
WHAT_SETTINGS_NEED = [
    "csp.constants",
    "dj_database_url",
    "django.core.management",
    "gunicorn.app.wsgiapp",
    "joip.allauth_settings",
    "joip.fixed_settings",
    "joip.log_settings",
    "joip.media.incoming.folders",
    "joip.setting_values",
]


def start_forked(variables, *command):
    """Run Python's command, such as `manage.py check`, with these variables and no others; its exit
    code and what it wrote as errors.
    """
    forking = forking_process()
    forking.stdin.write(json.dumps([variables, command]) + "\n")
    forking.stdin.flush()
    return json.loads(forking.stdout.readline())


@cache
def forking_process():
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forked_starts"],
        cwd=Path(__file__).parent.parent,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # it ends with its input
    return process


def answer_all():
    for line in sys.stdin:
        variables, command = json.loads(line)
        with tempfile.TemporaryFile("w+") as errors:
            child = os.fork()
            if not child:
                run(variables, command, errors)
            _, status = os.waitpid(child, 0)
            errors.seek(0)
            print(json.dumps([os.waitstatus_to_exitcode(status), errors.read()]), flush=True)  # noqa: T201


def run(variables, command, errors):
    """In the child, which ends here, or with the traceback of what it raises."""
    signal.alarm(SECONDS)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(errors.fileno(), 2)
    os.environ.clear()
    os.environ.update(variables)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    for module in WHAT_SETTINGS_NEED:
        import_module(module)
    gc.freeze()  # or each child would look through all of it at its end: half of its time
    answer_all()
