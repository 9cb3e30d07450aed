"""The servers, database and buckets that benchmarks run in, and remove.

PostgreSQL and an S3 store are started; TEST_DATABASE_URL and TEST_S3_* name others.
"""

import atexit
import logging
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

import django
from botocore.exceptions import ClientError
from django.core.files.storage import storages
from django.db import connection
from django.test import utils

from tests.servers import postgresql, s3_store


def start_servers(*store_prefix):
    scratch = Path(tempfile.mkdtemp(prefix="joip-bench-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    run = uuid.uuid4().hex[:8]
    os.environ.update(
        DJANGO_SETTINGS_MODULE="joip.settings",
        DEBUG="false",
        HTTPS="false",
        SECRET_KEY="for benchmarks alone, and as long as a key has to be" * 2,
        LOG_LEVEL="WARNING",
        RATE_LIMIT_REQUESTS="0",
        RATE_LIMIT_MEMBER_REQUESTS="0",
        DATA_DIR=str(scratch),
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or postgresql(scratch),
        S3_GENERAL_BUCKET=f"bench-{run}-general",
        S3_USER_MEDIA_BUCKET=f"bench-{run}-user-media",
        **s3_store(scratch, *store_prefix),
    )
    django.setup()
    logging.disable(logging.INFO)  # sign-ins are logged whatever LOG_LEVEL says


@contextmanager
def database():
    connection.settings_dict["TEST"]["NAME"] = f"joip_bench_{uuid.uuid4().hex[:8]}"
    utils.setup_test_environment()
    databases = utils.setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        utils.teardown_databases(databases, verbosity=0)
        utils.teardown_test_environment()


@contextmanager
def buckets():
    both = [storages["general"], storages["user-media"]]
    for bucket in both:
        bucket.client().create_bucket(Bucket=bucket.bucket_name)
    try:
        yield
    finally:
        for bucket in both:
            with suppress(ClientError):  # a bucket left behind spoils no measure
                for key, _ in list(bucket.objects("")):
                    bucket.delete(key)
                bucket.client().delete_bucket(Bucket=bucket.bucket_name)
