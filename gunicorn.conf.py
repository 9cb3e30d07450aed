"""Settings of the web server, read by `gunicorn joip.wsgi`, before Django."""

import ipaddress
from pathlib import Path

from environs import Env, ValidationError, validate

from joip.media.incoming.folders import remove_abandoned

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
worker_class = "gthread"
# A save uses one until its media are copied. Django reads it too: see `sessions.places`.
threads = env.int("WEB_THREADS", 16, validate=validate.Range(min=1))
timeout = 60  # for a worker that is stuck as a whole; one thread may be busy for minutes
graceful_timeout = 30  # `resume_copies` finishes a save that a restart cuts off

limit_request_line = 8190  # an id of 5,000 digits reaches the API, which refuses it in JSON
secure_scheme_headers = {}  # only TRUSTED_PROXIES decides who may say that a request came by https
control_socket_disable = True  # not used

# What a worker was uploading when it was killed.
data_dir = Path(env.str("DATA_DIR", "") or Path(__file__).resolve().parent / "data")


def on_starting(server):
    remove_abandoned(data_dir)


def child_exit(server, worker):
    remove_abandoned(data_dir)
