"""What the answers of an S3 store say, and which of our errors a refusal is.

The HTTP status decides first: stores differ in where they put the code of an error, and some leave
it out.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from joip.media.copy_errors import CopyError, StoreLimit, StoreUnavailable, WrongClock

MAX_TEXT = 300  # characters of a store's own words that are kept
WRONG_CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}
TOO_LARGE = {"EntityTooLarge"}  # AWS answers it with 400
WRONG_TYPE = {"InvalidMimeType"}  # Supabase's, for a bucket that accepts some types only
ASK_AGAIN_STATUSES = {408, 409, 429}
ASK_AGAIN_CODES = {"RequestTimeout"}  # AWS answers it with 400


class Answer(NamedTuple):
    status: int
    code: str = ""
    message: str = ""
    max_bytes: int | None = None

    def __str__(self) -> str:
        words = f"{self.status} {self.code}".strip()
        return f"{words}: {self.message}" if self.message else words


def read_answer(status: int, body: bytes) -> Answer:
    """The answer with this body: XML with or without a namespace, or another text."""
    text = body.decode(errors="replace")

    def element(name: str) -> str:
        found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>([^<]*)<", text)
        return unescape(found[1]) if found else ""

    code = element("Code")
    message = element("Message") if code else text
    return make_answer(status, code, message, element("MaxSizeAllowed"))


def answer_in(error: ClientError) -> Answer:
    """The answer that boto3 read: where the XML has a namespace, it leaves `Error` empty and puts
    the elements beside it.
    """
    response = error.response
    inner = response.get("Error", {})

    def element(name: str) -> str:
        return str(inner.get(name) or response.get(name) or "")

    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return make_answer(status, element("Code"), element("Message"), element("MaxSizeAllowed"))


def make_answer(status: int, code: str, message: str, max_bytes: str) -> Answer:
    # In one line, since it goes into a line of the log.
    message = " ".join(message.split())[:MAX_TEXT]
    known = int(max_bytes) if max_bytes.isdecimal() and len(max_bytes) < 19 else None
    return Answer(status, code.strip()[:MAX_TEXT], message, known)


def error_for(answer: Answer, what: str) -> CopyError:
    """The error that a refusal is. `what` names buckets and keys."""
    error = kind_of_error(answer, what)
    error.status = error.status or answer.status
    error.code, error.message = answer.code, answer.message
    return error


def kind_of_error(answer: Answer, what: str) -> CopyError:
    status, code = answer.status, answer.code
    reason = f"{what}: {answer}"
    if code in WRONG_CLOCK:
        return WrongClock(reason)
    for limit, codes in [(413, TOO_LARGE), (415, WRONG_TYPE)]:
        if status == limit or code in codes:
            return StoreLimit(
                reason, status=limit, message=answer.message, max_bytes=answer.max_bytes
            )
    # A success that is none: an error in the body of a 200 is one of the store itself.
    if status < 300 or status >= 500 or status in ASK_AGAIN_STATUSES or code in ASK_AGAIN_CODES:
        return StoreUnavailable(reason)
    return CopyError(reason)


@contextmanager
def boto3_errors(what: str) -> Iterator[None]:
    """Raise our own errors instead of boto3's."""
    try:
        yield
    except ClientError as error:
        raise error_for(answer_in(error), what) from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"{what}: {error}") from error
