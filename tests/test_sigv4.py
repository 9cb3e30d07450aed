"""Our own Signature Version 4 against botocore's, and against a real store."""

import os
import time
from datetime import UTC, datetime
from unittest.mock import patch

import boto3
import pytest
import urllib3
from botocore import auth, awsrequest
from botocore import credentials as botocore_credentials
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from joip.media.sigv4 import Credentials, object_url, signed_address, signed_headers
from tests.servers import BUCKETS

pytestmark = pytest.mark.backend_free  # the S3 store is there on either

ENDPOINTS = [
    "http://127.0.0.1:9000",
    "http://localhost",
    "http://store.internal:80",
    "https://store.example.org:443",
    "https://store.example.org:8443",
    "https://S3.Example.org",
    "https://s3.eu-central-1.amazonaws.com",
    "https://ref.supabase.co/storage/v1/s3",
    "https://ref.supabase.co/storage/v1/s3/",
    "http://127.0.0.1:54321/storage/v1/s3",
    "http://[::1]:9000",
]
OUR_KEYS = st.from_regex(r"[A-Za-z0-9._-]{1,20}(/[A-Za-z0-9._-]{1,40}){0,4}", fullmatch=True)
ANY_KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda key: not key.startswith("/")
)
REGIONS = st.sampled_from(["us-east-1", "eu-central-1", "auto", "local"])
TIMES = st.integers(0, 4_000_000_000)  # until 2096
NAMES = st.from_regex("[A-Za-z0-9]{1,40}", fullmatch=True)
ACCESS_KEYS = st.one_of(NAMES, st.from_regex("[!-~]{1,30}", fullmatch=True))
CREDENTIALS = st.builds(Credentials, ACCESS_KEYS, st.text(st.characters(codec="ascii")), REGIONS)


def botocore_signs(
    signer, url, credentials, seconds, method="GET", headers=(), data=b"", **options
):
    keys = botocore_credentials.Credentials(credentials.access_key, credentials.secret_key)
    request = awsrequest.AWSRequest(method, url, dict(headers), data)
    with patch.object(auth, "get_current_datetime", lambda: datetime.fromtimestamp(seconds, UTC)):
        signer(keys, "s3", credentials.region, **options).add_auth(request)
    return request


@given(
    st.sampled_from(ENDPOINTS),
    st.one_of(OUR_KEYS, ANY_KEYS),
    CREDENTIALS,
    TIMES,
    st.integers(1, 604_800),
)
def test_an_address_is_signed_as_botocore_signs_it(endpoint, key, credentials, start, seconds):
    url = object_url(endpoint, "user-media", key)
    expected = botocore_signs(auth.S3SigV4QueryAuth, url, credentials, start, expires=seconds)
    address = signed_address(endpoint, "user-media", key, credentials, start=start, seconds=seconds)
    assert address == expected.url


@given(
    st.sampled_from(ENDPOINTS),
    OUR_KEYS,
    CREDENTIALS,
    TIMES,
    st.sampled_from(["PUT", "GET", "DELETE"]),
    st.dictionaries(NAMES.map("x-amz-meta-{}".format), st.from_regex(r"[ -~]{0,30}")),
    st.binary(max_size=50),
)
def test_a_request_is_signed_as_botocore_signs_it(
    endpoint, key, credentials, now, method, headers, body
):
    headers = {name.lower(): value for name, value in headers.items()}
    url = object_url(endpoint, "user-media", key)
    expected = botocore_signs(auth.S3SigV4Auth, url, credentials, now, method, headers, body)
    signed = signed_headers(method, url, headers, credentials, now=now, body=body)
    assert signed == dict(expected.headers.items())


@pytest.mark.parametrize("endpoint", ENDPOINTS[-5:])
def test_an_address_is_the_one_that_boto3_gives(endpoint):
    """With all that boto3 does to a key and an endpoint before it signs."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
    now = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    for key in ("community/1/a.jpg", "a b/c+d~e.jpg", "ü/%41;é.png", "users/1/x..y//z."):
        with patch.object(auth, "get_current_datetime", lambda: now):
            expected = client.generate_presigned_url(
                "get_object", Params={"Bucket": "general", "Key": key}, ExpiresIn=3900
            )
        address = signed_address(
            endpoint,
            "general",
            key,
            Credentials("key", "secret", "eu-central-1"),
            start=int(now.timestamp()),
            seconds=3900,
        )
        assert address == expected


def test_a_store_takes_a_signed_request(s3):
    """A copy between the buckets, as boto3 would send it."""
    general, user_media = BUCKETS["general"], BUCKETS["user-media"]
    s3.put_object(Bucket=general, Key="community/1/a.jpg", Body=b"fjord")
    url = object_url(s3.meta.endpoint_url, user_media, "users/1/a.jpg")
    headers = signed_headers(
        "PUT",
        url,
        {"x-amz-copy-source": f"/{general}/community/1/a.jpg"},
        Credentials(
            os.environ["TEST_S3_ACCESS_KEY_ID"],
            os.environ["TEST_S3_SECRET_ACCESS_KEY"],
            os.environ["TEST_S3_REGION"],
        ),
        now=int(time.time()),
    )
    with urllib3.PoolManager() as pool:
        assert pool.request("PUT", url, headers=headers).status == 200
        changed = headers | {"x-amz-copy-source": f"/{general}/community/2/a.jpg"}
        assert pool.request("PUT", url, headers=changed).status == 403
    copy = s3.get_object(Bucket=user_media, Key="users/1/a.jpg")
    assert copy["Body"].read() == b"fjord"
