"""The addresses that an S3 bucket gives out; how folders do it is in test_privacy."""

from urllib.parse import parse_qs, urlsplit

import pytest

from joip.media.s3_bucket import S3Bucket

pytestmark = pytest.mark.backend_free

STORE = {
    "bucket_name": "media",
    "endpoint_url": "http://store.internal:9000",
    "region_name": "us-east-1",
    "access_key": "key",
    "secret_key": "secret",
}


def test_a_private_bucket_signs_for_the_address_that_browsers_use(settings):
    settings.MEDIA_URL_SECONDS = 600
    address = urlsplit(S3Bucket(**STORE, signed_for="https://media.example.org").url("a b/c+d.jpg"))
    assert (address.netloc, address.path) == ("media.example.org", "/media/a%20b/c%2Bd.jpg")
    signed = parse_qs(address.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Expires"] == ["600"]


def test_a_public_bucket_has_plain_addresses_where_it_is_readable():
    # Supabase's S3 address is not readable without a signature; this one is.
    public = "https://ref.supabase.co/storage/v1/object/public/general"
    assert S3Bucket(**STORE, public_url=public).url("a b/c.jpg") == f"{public}/a%20b/c.jpg"
