"""A store that does not take an upload: what is answered and logged, and that nothing stays."""

import time

import pytest

from tests.factories import make_session, picture
from tests.ledgers import left_over
from tests.servers import BUCKETS
from tests.test_media import upload


@pytest.fixture
def session(client, author, proxy):
    client.force_login(author)
    return make_session(author, slides=0)


def test_a_store_that_fails_leaves_nothing(client, session, proxy):
    proxy.refuse_uploads(after=1)
    status, body = upload(client, session, picture(1), picture(2))
    assert (status, body["code"]) == (503, "UPLOAD_FAILED")
    assert not session.media.exists()
    assert left_over() == []


def store_says(code, *elements):
    return f"<Error><Code>{code}</Code>{''.join(elements)}</Error>".encode()


SIZE = {"error": "The media store accepts no file of this size", "code": "FILE_TOO_LARGE_FOR_STORE"}
TYPE = {"error": "The media store accepts no file of this type", "code": "TYPE_REFUSED_BY_STORE"}
UNACCEPTED = {"error": "The media store does not accept uploads", "code": "UPLOAD_FAILED"}
AGAIN = {"error": "The media could not be stored, please try again", "code": "UPLOAD_FAILED"}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            (400, {}, store_says("EntityTooLarge", "<MaxSizeAllowed>99</MaxSizeAllowed>")),
            (413, SIZE | {"limit": 99}),
        ),
        (
            (413, {}, store_says("EntityTooLarge", "<Message>At most 1 MB</Message>")),
            (413, SIZE | {"error": f"{SIZE['error']}: At most 1 MB"}),
        ),
        ((415, {}, store_says("InvalidMimeType")), (415, TYPE)),
        ((403, {}, store_says("AccessDenied")), (503, UNACCEPTED)),
        ((404, {}, store_says("NoSuchBucket")), (503, UNACCEPTED)),
        ((503, {}, store_says("SlowDown")), (503, AGAIN)),
        ("reset", (503, AGAIN)),
    ],
    ids=str,
)
def test_a_failed_upload_is_answered_and_logged_with_its_cause(
    client, author, session, proxy, caplog, outcome, expected
):
    proxy.refuse_uploads(outcome)
    assert upload(client, session, picture(1)) == expected
    (record,) = [record for record in caplog.records if "upload failed" in record.message]
    assert record.levelname == "WARNING"
    assert f"{BUCKETS['user-media']}/users/{author.pk}/" in record.message
    if outcome != "reset":
        assert f"{outcome[0]} {outcome[2][13:].decode().partition('<')[0]}" in record.message


def test_a_store_that_hangs_holds_an_upload_no_longer_than_its_time_limit(client, session, proxy):
    proxy.refuse_uploads("hang")
    started = time.monotonic()
    assert upload(client, session, picture(1)) == (503, AGAIN)
    assert time.monotonic() - started < 6  # the limit is 2 s
    assert left_over() == []
