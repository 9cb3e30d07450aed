"""Settings of the web server, read by `gunicorn joip.wsgi`, before Django."""

import ipaddress
import os
import tempfile
from pathlib import Path

from environs import Env, ValidationError, validate

from joip.media.incoming.folders import incoming_folder, remove_abandoned

env = Env()
env.read_env(Path(__file__).resolve().parent / ".env", recurse=False)


def ip_address(value):
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None


port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
address = env.str("BIND", "127.0.0.1", validate=ip_address)
bind = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

workers = env.int("WEB_WORKERS", 2, validate=validate.Range(min=1))
worker_class = "joip.waitress_worker.WaitressWorker"
# A save uses one until its media are copied. Django reads it too: see `sessions.places`.
threads = env.int("WEB_THREADS", 16, validate=validate.Range(min=1))
timeout = 60  # for a worker that is stuck as a whole; one thread may be busy for minutes
keepalive = 30  # seconds without a byte from a client, or to it, until it is dropped
graceful_timeout = 30  # `resume_copies` finishes a save that a restart cuts off
control_socket_disable = True  # not used

os.umask(os.umask(0o027) | 0o027)  # as in Django's settings

# What a worker was uploading when it was killed.
data_dir = Path(env.str("DATA_DIR", "") or Path(__file__).resolve().parent / "data")


def on_starting(server):
    remove_abandoned(data_dir)


def post_fork(server, worker):
    tempfile.tempdir = str(incoming_folder(data_dir))


def post_worker_init(worker):
    from joip.clock import watch_clock_in_a_thread  # it reads Django's settings

    watch_clock_in_a_thread()


def child_exit(server, worker):
    remove_abandoned(data_dir)
