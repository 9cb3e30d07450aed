"""All settings, from the environment; `.env.example` lists the variables. Those of the web server
alone are read in `gunicorn.conf.py`.

A wrong value stops the start with an error that names the variable. The database
(`DATABASE_URL`) and the media store (the `S3_*` variables) are chosen independently.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from joip.allauth_settings import *  # noqa: F403
from joip.fixed_settings import *  # noqa: F403
from joip.fixed_settings import INSTALLED_APPS, REST_FRAMEWORK
from joip.log_settings import FORMATS, logging_settings
from joip.setting_values import (
    A_SCHEMA,
    AT_LEAST_ONE,
    AT_LEAST_ZERO,
    MIN_KEY_LENGTH,
    a_folder_of_addresses,
    long_keys,
    mail_server,
    no_short_token,
    one_origin_each,
    redis_address,
    web_address,
)

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

# --- the process -------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str(
    "SECRET_KEY",
    "insecure-key-of-a-debugging-server" if DEBUG else "",
    validate=None if DEBUG else long_keys,
)
if not SECRET_KEY:
    raise ImproperlyConfigured(
        f"SECRET_KEY is not set. Set it to {MIN_KEY_LENGTH} or more random characters, "
        "or DEBUG=true on a machine of your own."
    )
# What these have signed is valid still: sign-ins, addresses of media in folders, cookies of limits.
SECRET_KEY_FALLBACKS: list[str] = env.list(
    "SECRET_KEY_FALLBACKS", [], validate=None if DEBUG else lambda keys: long_keys(*keys)
)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").resolve()
# Files are for our user and group alone; a stricter umask stays. The web server's master, which
# does not read this, has its own line.
os.umask(os.umask(0o027) | 0o027)
FILE_UPLOAD_PERMISSIONS = 0o640  # Django sets it whatever the umask is
# Of each process of the web server, which reads it too.
WEB_THREADS = env.int("WEB_THREADS", 16, validate=AT_LEAST_ONE)
# Copies that each worker makes at once: of two, one is kept for small copies.
WORKER_JOBS = env.int("WORKER_JOBS", 8, validate=validate.Range(min=2))
WORKER_NICENESS = env.int("WORKER_NICENESS", 10, validate=validate.Range(0, 19))

# --- behind proxies ----------------------------------------------------------

# How many of our own proxies stand in front. What a client says about its address or scheme is
# believed only as far as they confirm it.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=AT_LEAST_ZERO)
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": TRUSTED_PROXIES}
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

HTTPS = env.bool("HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/"]  # the API never redirects
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 0, validate=AT_LEAST_ZERO)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [], validate=one_origin_each)
# Whose pages may call the API with a token; never with cookies.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ORIGINS", [], validate=one_origin_each)
FORCE_SCRIPT_NAME = ""  # a server may take the prefix of all our addresses from a client's header

# --- signing in --------------------------------------------------------------

SESSION_ENGINE = "joip.api.sign_in_store"
SESSION_COOKIE_NAME = "session"  # the contract's example sends this name
SESSION_COOKIE_AGE = 7 * 24 * 3600  # seconds, of disuse; staff: see `joip.accounts.sign_ins`
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "joip.api.authentication.csrf_failure"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "feed"
LOGOUT_REDIRECT_URL = "home"
REGISTRATION_OPEN = env.bool("REGISTRATION_OPEN", True)
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["joip.accounts.backends.GuardedBackend"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow passkeys on http://localhost only

# Signing in with an account of another server, by OpenID Connect.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "", validate=web_address).rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "")
_oidc = {
    "OIDC_SERVER_URL": OIDC_SERVER_URL,
    "OIDC_CLIENT_ID": OIDC_CLIENT_ID,
    "OIDC_CLIENT_SECRET": OIDC_CLIENT_SECRET,
    "OIDC_NAME": OIDC_NAME,
}
if any(_oidc.values()) and not all(_oidc.values()):
    _missing = ", ".join(name for name, value in _oidc.items() if not value)
    raise ImproperlyConfigured(f"Set all variables of OpenID Connect or none; missing: {_missing}.")
PASSWORD_RESET_TIMEOUT = 4 * 3600  # seconds

# --- mail --------------------------------------------------------------------

# Without a mail server, mails go to the log: see `joip.accounts.mails`.
MAIL_IS_LOGGED = not env.str("EMAIL_URL", "", validate=mail_server)
if not MAIL_IS_LOGGED:
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "joip.accounts.mails.LogBackend"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "JOIP <noreply@localhost>")

# --- the database ------------------------------------------------------------

try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR cannot be used: {error}") from None

DATABASES = {
    # Quoted, since the folder's name may contain characters such as "#".
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{quote(str(DATA_DIR / 'joip.sqlite3'))}"),
}
# PostgreSQL's schema for our tables; empty means that of the connection, usually `public`.
DATABASE_SCHEMA = env.str("DATABASE_SCHEMA", "", validate=A_SCHEMA)
_database = DATABASES["default"]
_options = _database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    if _database["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured("DATABASE_URL must name a file: sqlite:///path/to/a.sqlite3.")
    _options["transaction_mode"] = "IMMEDIATE"  # a writer waits at BEGIN, instead of failing later
    _options["timeout"] = 20  # seconds
    _options["init_command"] = "PRAGMA journal_mode=WAL;"
    # Threads of a test share a file; an in-memory database says "table is locked".
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif _database["ENGINE"] == "django.db.backends.postgresql":
    if DATABASE_SCHEMA:
        # Sent with the start of each connection. `joip.operations.database_schema` makes the schema
        # in `migrate`.
        _options["options"] = (
            f"{_options.get('options', '')} --search_path={DATABASE_SCHEMA}".strip()
        )
    from joip.postgresql.base import connecting_failed

    _database["ENGINE"] = "joip.postgresql"
    _options["pool"] = {
        "min_size": 0,
        "max_size": env.int(
            "DATABASE_POOL_SIZE", max(WEB_THREADS, WORKER_JOBS) + 2, validate=AT_LEAST_ONE
        ),
        "timeout": 3,  # seconds, until a request is answered that the database is busy
        # No pauses between tries, in which the pool would not find out that the database is back.
        "reconnect_timeout": 0,
        "reconnect_failed": connecting_failed,
    }
    _options.setdefault("connect_timeout", 3)
    _options.setdefault("tcp_user_timeout", 4000)  # milliseconds; of a machine that has gone
    _options.setdefault("keepalives_idle", 30)
else:
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgresql://.")

# --- limits ------------------------------------------------------------------

# In each window of RATE_LIMIT_SECONDS; 0 means no limit. Requests are counted by person, or by
# address while signed out; wrong passwords by account too: see `joip.accounts.guesses`.
RATE_LIMIT_REQUESTS = env.int("RATE_LIMIT_REQUESTS", 100, validate=AT_LEAST_ZERO)
RATE_LIMIT_MEMBER_REQUESTS = env.int("RATE_LIMIT_MEMBER_REQUESTS", 1000, validate=AT_LEAST_ZERO)
RATE_LIMIT_PAGES = env.int("RATE_LIMIT_PAGES", 600, validate=AT_LEAST_ZERO)
RATE_LIMIT_FAILED_LOGINS = env.int("RATE_LIMIT_FAILED_LOGINS", 5, validate=AT_LEAST_ZERO)
RATE_LIMIT_SECONDS = env.int("RATE_LIMIT_SECONDS", 900, validate=AT_LEAST_ONE)
RATE_LIMIT_SIGNUPS = env.int("RATE_LIMIT_SIGNUPS", 10, validate=AT_LEAST_ZERO)  # in an hour

CACHE_URL = env.str("CACHE_URL", "", validate=redis_address)
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": [CACHE_URL],  # in a list, since Django splits a string at commas
            "KEY_PREFIX": "joip",
            # A request waits so long for an answer, and then is not counted.
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},  # clients in a window; of more, counts are dropped
        }
    }

# --- the media store ---------------------------------------------------------

S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "", validate=web_address).rstrip("/")
S3_REGION = env.str("S3_REGION", "us-east-1")
S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", "")
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", "")
S3_GENERAL_BUCKET = env.str("S3_GENERAL_BUCKET", "general")
S3_USER_MEDIA_BUCKET = env.str("S3_USER_MEDIA_BUCKET", "user-media")
S3_PUBLIC_ENDPOINT_URL = (
    env.str("S3_PUBLIC_ENDPOINT_URL", "", validate=web_address).rstrip("/") or S3_ENDPOINT_URL
)
S3_READ_TIMEOUT_SECONDS = env.int("S3_READ_TIMEOUT_SECONDS", 60, validate=AT_LEAST_ONE)

# How long a media address can be used, at most, after it was given out. Stores accept signatures
# for a week, of which `joip.media.addresses` needs five minutes itself.
MEDIA_URL_SECONDS = env.int("MEDIA_URL_SECONDS", 3600, validate=validate.Range(60, 604_500))
# Where the proxy in front sends the files of folders itself, for the header X-Accel-Redirect.
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", "", validate=a_folder_of_addresses)


def s3_bucket(name):
    return {
        "BACKEND": "joip.media.s3_bucket.S3Bucket",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": S3_ENDPOINT_URL,
            "region_name": S3_REGION,
            "access_key": S3_ACCESS_KEY_ID,
            "secret_key": S3_SECRET_ACCESS_KEY,
            "signed_for": S3_PUBLIC_ENDPOINT_URL,
        },
    }


def local_bucket(name):
    return {
        "BACKEND": "joip.media.local_bucket.LocalBucket",
        "OPTIONS": {"location": DATA_DIR / "media" / name, "base_url": f"/media/{name}/"},
    }


if S3_GENERAL_BUCKET == S3_USER_MEDIA_BUCKET:
    raise ImproperlyConfigured(
        "S3_USER_MEDIA_BUCKET must differ from S3_GENERAL_BUCKET: "
        "people's libraries and what is shared are kept apart."
    )
if S3_ENDPOINT_URL:
    if not (S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY):
        raise ImproperlyConfigured(
            "S3_ENDPOINT_URL is set, so S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be too."
        )
    BUCKETS = {
        "general": s3_bucket(S3_GENERAL_BUCKET),
        "user-media": s3_bucket(S3_USER_MEDIA_BUCKET),
    }
elif S3_ACCESS_KEY_ID or S3_SECRET_ACCESS_KEY:
    raise ImproperlyConfigured("S3_ENDPOINT_URL must be set, since the S3 keys are.")
else:
    BUCKETS = {"general": local_bucket("general"), "user-media": local_bucket("user-media")}
_static = {"BACKEND": "joip.pages.static_files.VersionedFilesStorage"}
STORAGES = {"staticfiles": _static, **BUCKETS}

# What our pages may load and do, for browsers. Slides may be anywhere on https, and on http where
# external addresses may be. NONCE is for inline scripts and styles: `request.csp_nonce`.
_media = [SELF, "data:", "https:", *([] if HTTPS else ["http:"])]
if S3_PUBLIC_ENDPOINT_URL:
    _media.append("{0.scheme}://{0.netloc}".format(urlsplit(S3_PUBLIC_ENDPOINT_URL)))
_forms = [SELF]
if OIDC_SERVER_URL:  # browsers apply it to where the answer to a form redirects, too
    _forms.append("{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL)))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": _media,
        "media-src": _media,
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": _forms,
        "frame-ancestors": [NONE],
    }
}

# How much media one person may store before uploads are refused.
STORAGE_QUOTA_MB = env.int("STORAGE_QUOTA_MB", 5000, validate=AT_LEAST_ONE)

# --- saving ------------------------------------------------------------------

# Where objects are copied: in the request that asks for it, or in `manage.py worker`.
COPY_IN = env.str("COPY_IN", "request", validate=validate.OneOf(["request", "workers"]))
if COPY_IN == "workers":
    if _database["ENGINE"] != "joip.postgresql":
        raise ImproperlyConfigured("COPY_IN=workers needs PostgreSQL: set DATABASE_URL.")
    if not find_spec("procrastinate"):
        raise ImproperlyConfigured(
            "COPY_IN=workers needs Procrastinate: pip install -r requirements-workers.txt"
        )
    # The queue's tables, by `migrate`.
    INSTALLED_APPS = [*INSTALLED_APPS, "procrastinate.contrib.django"]
COPY_CONCURRENCY = env.int("COPY_CONCURRENCY", 16, validate=AT_LEAST_ONE)
# A copy renews its lease every second, so it expires only if the process died or stalled.
COPY_LEASE_SECONDS = env.int("COPY_LEASE_SECONDS", 30, validate=validate.Range(min=2))
# A copy fails when the store has failed for so long, with no success in between. In a request,
# somebody waits for it.
COPY_PATIENCE_SECONDS = env.int(
    "COPY_PATIENCE_SECONDS", 25 if COPY_IN == "request" else 300, validate=AT_LEAST_ZERO
)
# In each process, for receiving uploads and for copying; of copies in workers, in all of them. 0
# means no limit. See `sessions.places` and `sessions.queued_copies`.
MAX_MEDIA_REQUESTS_OF_ONE_PERSON = env.int(
    "MAX_MEDIA_REQUESTS_OF_ONE_PERSON", 4, validate=AT_LEAST_ZERO
)
SIGNUP_CREDITS = env.int("SIGNUP_CREDITS", 50, validate=validate.Range(0, 1_000_000_000))

# --- logs and probes ---------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING"]))
LOG_FORMAT = env.str("LOG_FORMAT", "line", validate=validate.OneOf(FORMATS))
LOGGING = logging_settings(format=LOG_FORMAT, level=LOG_LEVEL)
ACCESS_LOG = env.bool("ACCESS_LOG", not DEBUG)
METRICS_TOKEN = env.str("METRICS_TOKEN", "", validate=no_short_token)
MIN_FREE_DISK_MB = env.int("MIN_FREE_DISK_MB", 500, validate=AT_LEAST_ZERO)
