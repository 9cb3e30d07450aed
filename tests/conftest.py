import os
import shutil

import boto3
import pytest
from django.conf import settings
from django.core.files.storage import storages
from rest_framework.test import APIClient

from joip.storage import S3Bucket
from tests.factories import make_person, make_share, set_price


@pytest.fixture(scope="session", autouse=True)
def buckets():
    """Both buckets exist in the S3 store, whichever store the run is on."""
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["TEST_S3_ENDPOINT_URL"],
        region_name=os.environ["TEST_S3_REGION"],
        aws_access_key_id=os.environ["TEST_S3_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["TEST_S3_SECRET_ACCESS_KEY"],
    )
    existing = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    for name in {"general", "user-media"} - existing:
        client.create_bucket(Bucket=name)
    client.close()


@pytest.fixture
def client():
    return APIClient()


@pytest.fixture
def author():
    return make_person("author", first_name="Ines")


@pytest.fixture
def saver():
    return make_person("saver", balance=50)


@pytest.fixture
def share(transactional_db, author):
    set_price(10)
    return make_share(author)
