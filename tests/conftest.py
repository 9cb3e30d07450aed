import gc
import os
import shutil
from contextlib import contextmanager

import boto3
import hypothesis
import pytest
from botocore.config import Config
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from rest_framework.test import APIClient

from joip.media.s3_bucket import forget_clients
from joip.media.s3_requests import forget_connections
from joip.users.models import User
from tests.factories import make_person, make_share, set_price
from tests.scenes import scene
from tests.servers import BUCKETS
from tests.store_proxy import StoreProxy
from tests.stored import empty_bucket
from tests.tables import empty_tables
from tests.workers import Workers

# No example is too slow on a busy machine.
hypothesis.settings.register_profile("joip", deadline=None)
hypothesis.settings.load_profile("joip")


def pytest_configure():
    django_settings.COPY_IN, django_settings.COPY_PATIENCE_SECONDS = "request", 25
    # The hasher that guards real passwords takes 250 ms a password, as it should.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Or every client of a test would list all static files before its first request: 20 ms.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # SQLite need not wait for the disk: 3 ms a commit.
    database = django_settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    # What pytest-django calls after a test whose changes were not rolled back.
    TransactionTestCase._fixture_teardown = lambda self: empty_tables()


def pytest_collection_finish():
    # The garbage collector need not look through all imported modules again and again: that
    # took a tenth of the time. Nor so often, 20 times a request.
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(scope="session")
def s3():
    """A client of the S3 store; the tests' buckets exist there, whichever store the run is on."""
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["TEST_S3_ENDPOINT_URL"],
        region_name=os.environ["TEST_S3_REGION"],
        aws_access_key_id=os.environ["TEST_S3_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["TEST_S3_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )
    existing = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    for name in BUCKETS.values():
        if name not in existing:
            client.create_bucket(Bucket=name)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _nothing_is_counted_yet():
    """Requests are counted in the cache."""
    cache.clear()


@pytest.fixture(autouse=True)
def _empty_buckets(request, settings):
    shutil.rmtree(settings.DATA_DIR / "media", ignore_errors=True)
    if request.config.getoption("on") == "servers" or "s3" in request.fixturenames:
        s3 = request.getfixturevalue("s3")
        for bucket in BUCKETS.values():
            empty_bucket(s3, bucket)


@pytest.fixture
def proxy(s3, settings):
    """The S3 store behind a proxy that delays and fails; all media are there."""
    with running_proxy(s3) as proxy:
        use_store(settings, proxy)
        yield proxy


@contextmanager
def running_proxy(s3):
    proxy = StoreProxy(s3.meta.endpoint_url)
    yield proxy
    proxy.close()
    forget_clients()  # or every proxy would keep its clients and connections
    forget_connections()


def use_store(settings, proxy):
    settings.COPY_PATIENCE_SECONDS = 1
    settings.S3_READ_TIMEOUT_SECONDS = 2
    settings.STORAGES = settings.STORAGES | {
        alias: {
            "BACKEND": "joip.media.s3_bucket.S3Bucket",
            "OPTIONS": {
                "bucket_name": name,
                "endpoint_url": proxy.url,
                "region_name": os.environ["TEST_S3_REGION"],
                "access_key": os.environ["TEST_S3_ACCESS_KEY_ID"],
                "secret_key": os.environ["TEST_S3_SECRET_ACCESS_KEY"],
            },
        }
        for alias, name in BUCKETS.items()
    }


@pytest.fixture(scope="module")
def workers(s3, django_db_setup):
    """Processes that a module's tests share, and their store: see `queue`."""
    with running_proxy(s3) as proxy:
        workers = Workers(proxy)
        yield workers
        workers.stop()


@pytest.fixture
def queue(workers, settings, transactional_db):
    """Copies are made by `workers`, once a test has started some. The store's proxy is quick, and
    shared by all.
    """
    settings.COPY_IN = "workers"
    use_store(settings, workers.proxy)
    yield workers
    workers.proxy.reset()
    workers.settle()


@pytest.fixture
def client():
    return APIClient()


@scene
def an_author_and_a_share():
    author = make_author()
    return author, make_share(author)


def make_author():
    return make_person("author", display_name="Ines")


@pytest.fixture
def author_and_share(request, transactional_db):
    """The share is whole, also where workers copy."""
    queue = request.getfixturevalue("queue") if "queue" in request.fixturenames else None
    with override_settings(COPY_IN="request"):
        author, share = an_author_and_a_share()
    if queue:
        queue.proxy.forget()
    return author, share


@pytest.fixture
def author(request, transactional_db):
    if "author_and_share" in request.fixturenames:
        author, _ = request.getfixturevalue("author_and_share")
        return author
    return make_author()


@pytest.fixture
def saver(transactional_db):
    return make_person("saver", balance=50)


@pytest.fixture
def staff_who_may(transactional_db):
    def staff_who_may(*codenames):
        person = User.objects.filter(username="staff").first()
        person = person or make_person("staff", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return person

    return staff_who_may


@pytest.fixture
def share(author_and_share):
    set_price(10)
    return author_and_share[1]


@pytest.fixture
def save(client):
    """Save over HTTP: the answer's status and body."""

    def save(share, person):
        client.force_login(person)
        answer = client.post(f"/api/community/sessions/{share.pk}/save")
        return answer.status_code, answer.json()

    return save
