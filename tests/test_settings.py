import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.forked_starts import start_forked

pytestmark = pytest.mark.backend_free

READERS = [
    "joip/settings.py",
    "gunicorn.conf.py",
    "joip/demo/management/commands/demo.py",
    "joip/operations/management/commands/setup.py",
]

# One of each kind, and what the error has to name.
JUNK = [
    ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
    ({"SIGNUP_CREDITS": "99999999999"}, "SIGNUP_CREDITS"),
    ({"S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret"}, "S3_ENDPOINT_URL"),
    ({"MEDIA_URL_SECONDS": "59"}, "MEDIA_URL_SECONDS"),
    ({"MEDIA_URL_SECONDS": "604501"}, "MEDIA_URL_SECONDS"),
    ({"MEDIA_URL_SECONDS": "an hour"}, "MEDIA_URL_SECONDS"),
    ({"S3_GENERAL_BUCKET": "media", "S3_USER_MEDIA_BUCKET": "media"}, "S3_USER_MEDIA_BUCKET"),
    ({"MEDIA_ACCEL_PREFIX": "protected"}, "MEDIA_ACCEL_PREFIX"),
    ({"DATA_DIR": "/dev/null/x"}, "DATA_DIR"),
    ({"DEBUG": "perhaps"}, "DEBUG"),
    ({"DEBUG": "false"}, "SECRET_KEY"),
    ({"DEBUG": "false", "SECRET_KEY": "k" * 49}, "SECRET_KEY"),
    ({"DEBUG": "false", "SECRET_KEY": "insecure-key-of-a-debugging-server"}, "SECRET_KEY"),
    (
        {"DEBUG": "false", "SECRET_KEY": "k" * 50, "SECRET_KEY_FALLBACKS": "short"},
        "SECRET_KEY_FALLBACKS",
    ),
    ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
    ({"ACCESS_LOG": "often"}, "ACCESS_LOG"),
    ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
    ({"MIN_FREE_DISK_MB": "-1"}, "MIN_FREE_DISK_MB"),
    ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
    ({"HTTPS": "2"}, "HTTPS"),
    ({"CSRF_TRUSTED_ORIGINS": "*"}, "CSRF_TRUSTED_ORIGINS"),
    ({"CSRF_TRUSTED_ORIGINS": "https://*.example.org"}, "CSRF_TRUSTED_ORIGINS"),
    ({"CSRF_TRUSTED_ORIGINS": "example.org"}, "CSRF_TRUSTED_ORIGINS"),
    *[
        ({"CORS_ORIGINS": junk}, "CORS_ORIGINS")
        for junk in ("*", "null", "app.example.org", "https://app.example.org/", "https://", "a,b")
    ],
    ({"CORS_ORIGINS": "https://app.example.org,https://App.example.org"}, "https://App"),
    ({"CORS_ORIGINS": "https://app.example.org:443"}, "CORS_ORIGINS"),
    ({"HSTS_SECONDS": "-1"}, "HSTS_SECONDS"),
    ({"HSTS_PRELOAD": "one day"}, "HSTS_PRELOAD"),
    ({"HSTS_INCLUDE_SUBDOMAINS": "some"}, "HSTS_INCLUDE_SUBDOMAINS"),
    ({"DATABASE_URL": "mysql://localhost/joip"}, "DATABASE_URL"),
    ({"DATABASE_URL": "junk"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://localhost/joip", "DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL"),
    ({"DATABASE_SCHEMA": "Joip; DROP"}, "DATABASE_SCHEMA"),
    ({"S3_ENDPOINT_URL": "s3.example.org"}, "S3_ENDPOINT_URL"),
    ({"S3_ENDPOINT_URL": "https://s3.example.org"}, "S3_ACCESS_KEY_ID"),
    ({"COPY_CONCURRENCY": "many"}, "COPY_CONCURRENCY"),
    ({"COPY_IN": "threads"}, "COPY_IN"),
    ({"COPY_IN": "workers"}, "COPY_IN=workers needs PostgreSQL"),
    ({"WORKER_JOBS": "1"}, "WORKER_JOBS"),
    ({"WORKER_NICENESS": "20"}, "WORKER_NICENESS"),
    ({"COPY_LEASE_SECONDS": "0"}, "COPY_LEASE_SECONDS"),
    ({"COPY_PATIENCE_SECONDS": "-1"}, "COPY_PATIENCE_SECONDS"),
    ({"MAX_MEDIA_REQUESTS_OF_ONE_PERSON": "-1"}, "MAX_MEDIA_REQUESTS_OF_ONE_PERSON"),
    ({"WEB_THREADS": "0"}, "WEB_THREADS"),
    ({"SIGNUP_CREDITS": "1.5"}, "SIGNUP_CREDITS"),
    ({"REGISTRATION_OPEN": "sometimes"}, "REGISTRATION_OPEN"),
    ({"RATE_LIMIT_REQUESTS": "-1"}, "RATE_LIMIT_REQUESTS"),
    ({"RATE_LIMIT_MEMBER_REQUESTS": "many"}, "RATE_LIMIT_MEMBER_REQUESTS"),
    ({"RATE_LIMIT_PAGES": "-1"}, "RATE_LIMIT_PAGES"),
    ({"RATE_LIMIT_SIGNUPS": "ten"}, "RATE_LIMIT_SIGNUPS"),
    ({"RATE_LIMIT_FAILED_LOGINS": "few"}, "RATE_LIMIT_FAILED_LOGINS"),
    ({"RATE_LIMIT_SECONDS": "0"}, "RATE_LIMIT_SECONDS"),
    ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL"),
    ({"OIDC_SERVER_URL": "example.org"}, "OIDC_SERVER_URL"),
    ({"CACHE_URL": "junk"}, "CACHE_URL"),
    ({"CACHE_URL": "memcached://localhost"}, "CACHE_URL"),
    ({"CACHE_URL": "redis://localhost:port"}, "CACHE_URL"),
]


def start(tmp_path, variables, *command):
    """Run with these variables and no others; its exit code and the last line of its error."""
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=usual(tmp_path) | variables,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return ended.returncode, last_line(ended.stderr)


def start_quickly(tmp_path, variables, *command):
    """The same, for commands that name a file or a module."""
    code, errors = start_forked(usual(tmp_path) | variables, *command)
    return code, last_line(errors)


def usual(tmp_path):
    return {"PATH": os.environ["PATH"], "DEBUG": "true", "DATA_DIR": str(tmp_path)}


def last_line(text):
    return text.strip().rpartition("\n")[2]


CHECK = ["manage.py", "check"]
CHECK_OF_THE_WEB_SERVER = ["-m", "gunicorn", "--check-config", "joip.wsgi"]


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ({}, CHECK),
        ({"DEBUG": "perhaps"}, CHECK),
        ({"PORT": "http"}, CHECK_OF_THE_WEB_SERVER),
    ],
)
def test_a_quick_start_ends_as_a_real_one_does(tmp_path, variables, command):
    real = start(tmp_path, variables, *command)
    assert start_quickly(tmp_path, variables, *command) == real
    assert (real == (0, "")) == (not variables)


@pytest.mark.parametrize(("variables", "name"), JUNK)
def test_junk_in_a_variable_stops_the_start_with_its_name(tmp_path, variables, name):
    code, error = start_quickly(tmp_path, variables, *CHECK)
    assert code != 0
    assert name in error


@pytest.mark.parametrize(
    "variable",
    [
        "PORT=http",
        "BIND=nowhere",
        "BIND=127.0.0.1/24",
        "BIND=::1]:80",
        "BIND=1.2.3",
        "WEB_WORKERS=0",
        "WEB_THREADS=0",
    ],
)
def test_junk_in_a_variable_stops_the_web_server_with_its_name(tmp_path, variable):
    name, value = variable.split("=")
    code, error = start_quickly(tmp_path, {name: value}, *CHECK_OF_THE_WEB_SERVER)
    assert code != 0
    assert f'"{name}"' in error


WITHOUT_THE_QUEUE = "import sys; sys.modules['procrastinate'] = None; import joip.settings"


def test_without_the_queue_s_package_workers_say_what_to_install(tmp_path):
    variables = {"DATABASE_URL": "postgresql://localhost/joip", "COPY_IN": "workers"}
    code, error = start(tmp_path, variables, "-c", WITHOUT_THE_QUEUE)
    assert code != 0
    assert "pip install -r requirements-workers.txt" in error


@pytest.mark.parametrize(("copy_in", "seconds"), [("request", 25), ("workers", 300)])
def test_workers_are_more_patient_than_requests(tmp_path, copy_in, seconds):
    variables = {"DATABASE_URL": "postgresql://localhost/joip", "COPY_IN": copy_in}
    check = f"from joip.settings import COPY_PATIENCE_SECONDS as s; assert s == {seconds}, s"
    assert start(tmp_path, variables, "-c", check) == (0, "")


def test_the_example_names_every_variable_that_is_read():
    example = (settings.BASE_DIR / ".env.example").read_text()
    code = "".join((settings.BASE_DIR / path).read_text() for path in READERS)
    named = re.findall(r"^# ([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', code))
