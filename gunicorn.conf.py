"""The web server's settings: `gunicorn joip.wsgi` reads them. No Django in here."""

from pathlib import Path

from environs import Env, validate

env = Env()
env.read_env(Path(__file__).resolve().parent / ".env", recurse=False)

AN_ADDRESS = validate.Regexp(r"[0-9.]+|[0-9A-Fa-f:]+:[0-9A-Fa-f:]*", error="Not an IP address.")

port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
address = env.str("BIND", "127.0.0.1", validate=AN_ADDRESS)
bind = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

workers = env.int("WEB_WORKERS", 2, validate=validate.Range(min=1))
worker_class = "gthread"
threads = 8  # a save keeps its thread until its media are copied; DATABASE_POOL_SIZE fits this
timeout = 60  # a worker that is stuck as a whole; a thread may be busy for minutes
graceful_timeout = 30  # a save cut off by a restart is finished by `resume_copies`

limit_request_line = 8190  # an id of 5,000 digits is ours to refuse, in JSON
secure_scheme_headers = {}  # TRUSTED_PROXIES alone says whose word on https is taken
control_socket_disable = True  # nobody asks for it
