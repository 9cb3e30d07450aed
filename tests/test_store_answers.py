"""Whatever a store answers, and wherever it puts the code, an error keeps its cause."""

import pytest
from botocore.exceptions import ClientError

from joip.media.copy_errors import CopyError, StoreLimit, StoreUnavailable, WrongClock
from joip.media.s3_answers import Answer, answer_in, error_for, read_answer

pytestmark = pytest.mark.backend_free

DENIED = Answer(403, "AccessDenied", "Access Denied")
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize(
    "body",
    [
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        f"<Error {NAMESPACE}><Code>AccessDenied</Code><Message>Access\nDenied</Message></Error>",
        "<s:Error xmlns:s='s'><s:Code>AccessDenied</s:Code><s:Message>Access Denied</s:Message>",
    ],
)
def test_the_code_is_read_with_and_without_a_namespace(body):
    assert read_answer(403, body.encode()) == DENIED


@pytest.mark.parametrize(
    "response",
    [
        {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}},
        {"Error": {"Code": "", "Message": ""}, "Code": "AccessDenied", "Message": "Access Denied"},
    ],
)
def test_the_code_is_read_wherever_boto3_leaves_it(response):
    status = {"ResponseMetadata": {"HTTPStatusCode": 403}}
    assert answer_in(ClientError(response | status, "PutObject")) == DENIED


def test_an_answer_that_is_no_xml_is_kept_in_one_short_line():
    answer = read_answer(502, b"<html>\n<h1>Bad Gateway</h1>\n" + b"x" * 10_000)
    assert (answer.code, answer.message[:31]) == ("", "<html> <h1>Bad Gateway</h1> xxx")
    assert len(answer.message) == 300


def test_the_limit_is_read_where_the_store_says_it():
    body = b"<Error><Code>EntityTooLarge</Code><MaxSizeAllowed>1048576</MaxSizeAllowed></Error>"
    error = error_for(read_answer(400, body), "user-media/a.jpg")
    assert isinstance(error, StoreLimit)
    assert (error.status, error.max_bytes) == (413, 1048576)
    assert error_for(Answer(413, message="Payload too large"), "").max_bytes is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(301, "PermanentRedirect"), CopyError),
        (Answer(400, "InvalidRequest"), CopyError),
        (Answer(400, "RequestTimeout"), StoreUnavailable),
        (Answer(403), CopyError),
        (Answer(403, "RequestTimeTooSkewed"), WrongClock),
        (Answer(404, "NoSuchBucket"), CopyError),
        (Answer(413), StoreLimit),
        (Answer(415, "InvalidMimeType"), StoreLimit),
        *[(Answer(status), StoreUnavailable) for status in (200, 408, 409, 429, 500, 503, 544)],
    ],
    ids=str,
)
def test_only_what_asking_again_can_mend_is_asked_again(answer, expected):
    error = error_for(answer, "general/a.jpg -> user-media/b.jpg")
    assert type(error) is expected
    assert str(error) == f"general/a.jpg -> user-media/b.jpg: {answer}"
