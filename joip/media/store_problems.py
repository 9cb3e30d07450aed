"""What is wrong with the media store, in a sentence for whoever runs the server.

Stores differ in status, code and message for the same mistake, so each is told by whatever of the
three is distinct.
"""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, SSLError
from botocore.exceptions import ConnectionError as StoreConnectionError
from botocore.parsers import ResponseParserError
from django.conf import settings

from joip.media.addresses import MAX_CLOCK_DIFFERENCE_SECONDS
from joip.media.buckets import GENERAL, USER_MEDIA, get_bucket
from joip.media.copy_errors import CopyError
from joip.media.s3_answers import answer_in

CHECK_PREFIX = "joip-check/"  # of the objects that check_store makes; pruning looks elsewhere
SETTING_OF_BUCKET = {GENERAL: "S3_GENERAL_BUCKET", USER_MEDIA: "S3_USER_MEDIA_BUCKET"}


class StoreProblem(Exception):
    """A sentence. `is_wrong`: the configuration has to be changed; otherwise wait or ask again."""

    def __init__(self, sentence: str, *, is_wrong: bool = True):
        super().__init__(sentence)
        self.is_wrong = is_wrong


class BucketMissing(StoreProblem):
    pass


def ask_store() -> None:
    """Send a small request to each bucket. Raises StoreProblem."""
    for name in (GENERAL, USER_MEDIA):
        with store_problems(name):
            next(get_bucket(name).objects(CHECK_PREFIX), None)


@contextmanager
def store_problems(bucket: str) -> Iterator[None]:
    """Raise StoreProblem instead of the store's errors, whatever they were turned into."""
    try:
        yield
    except StoreProblem:
        raise
    except Exception as error:
        problem = problem_of(error, bucket)
        if problem is None:
            raise
        raise problem from error


def problem_of(error: BaseException, bucket: str) -> StoreProblem | None:
    """What the error says of the store; None if it does not come from there."""
    for cause in causes_of(error):
        if isinstance(cause, ClientError):
            return problem_of_answer(Answer(cause), bucket)
        if isinstance(cause, CopyError) and cause.status and cause.__cause__ is None:
            return problem_of_answer(CopyAnswer(cause), bucket)
        if isinstance(cause, ResponseParserError):
            return not_s3()
        if isinstance(cause, BotoCoreError):
            return problem_of_connection(cause)
    for cause in causes_of(error):
        if isinstance(cause, OSError) and not settings.S3_ENDPOINT_URL:
            return problem_of_folder(cause, bucket)
    return None


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class Answer:
    """A refusal by a store, and what surrounds it."""

    def __init__(self, error: ClientError):
        self.status, self.code, self.message, _ = answer_in(error)
        headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
        self.date: str = headers.get("date", "")
        self.content_type: str = headers.get("content-type", "")
        self.operation: str = error.operation_name

    def __str__(self) -> str:
        return " ".join(filter(None, [str(self.status), self.code, self.message]))

    def says(self, *texts: str) -> bool:
        return any(text.lower() in f"{self.code} {self.message}".lower() for text in texts)


class CopyAnswer(Answer):
    """A refusal of a copy, which boto3 has no part in."""

    def __init__(self, error: CopyError):
        self.status, self.code, self.message = error.status, error.code, error.message
        self.date = self.content_type = ""
        self.operation = "CopyObject"


def problem_of_answer(answer: Answer, bucket: str) -> StoreProblem:
    if answer.status == 500 and "html" in answer.content_type:
        return not_s3("it answers with a page")  # botocore makes a 500 of a page with status 200
    if answer.status in (408, 429) or answer.status >= 500:
        return StoreProblem(f"The store does not work at present: {answer}", is_wrong=False)
    if answer.code in ("", str(answer.status)) and not answer.operation.startswith("Head"):
        return not_s3(answer)  # botocore found no error of S3 in the body
    return (
        problem_of_credentials(answer)
        or problem_of_bucket(answer, bucket)
        or StoreProblem(f"The store refuses {answer.operation} in {named(bucket)}: {answer}")
    )


def problem_of_credentials(answer: Answer) -> StoreProblem | None:
    if answer.says("Skewed", "too large skew", "RequestExpired", "not yet valid"):
        return clock_off(answer)
    if answer.says("InvalidAccessKeyId", "Invalid Access Key"):
        return StoreProblem(f"The store does not know S3_ACCESS_KEY_ID ({answer}).")
    if answer.says("region", "AuthorizationHeaderMalformed", "PermanentRedirect"):
        return StoreProblem(
            f"S3_REGION={settings.S3_REGION} is not the region of the store ({answer})."
        )
    if answer.says("SignatureDoesNotMatch"):
        return StoreProblem(
            "S3_SECRET_ACCESS_KEY does not belong to S3_ACCESS_KEY_ID, or a proxy before the store "
            f"changes the host or path of requests ({answer})."
        )
    if clock_difference(answer.date) > MAX_CLOCK_DIFFERENCE_SECONDS:
        return clock_off(answer)
    return None


def problem_of_bucket(answer: Answer, bucket: str) -> StoreProblem | None:
    if answer.says("NoSuchBucket", "Bucket not found"):
        return BucketMissing(f"There is no {named(bucket)}: make it, private.")
    if answer.says("InvalidBucketName"):
        return StoreProblem(f"The store does not accept the name of {named(bucket)}.")
    if answer.status == 413 or answer.says("EntityTooLarge"):
        return StoreProblem(
            f"{named(bucket, 'The ')} or its project limits the size of objects: raise the limit "
            f"({answer})."
        )
    if answer.status == 415 or answer.says("MimeType", "mime type"):
        return StoreProblem(
            f"{named(bucket, 'The ')} limits the types of objects: allow all of JPEG, PNG, GIF, "
            f"WebP, MP4 and WebM ({answer})."
        )
    if answer.status in (401, 403):
        return StoreProblem(
            f"The key of S3_ACCESS_KEY_ID has no permission for {answer.operation} in "
            f"{named(bucket)} ({answer})."
        )
    return None


def problem_of_connection(error: BotoCoreError) -> StoreProblem:
    endpoint = settings.S3_ENDPOINT_URL
    for cause in causes_of(error):
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            host = urlsplit(endpoint).hostname
            return StoreProblem(f"There is no host {host}, which S3_ENDPOINT_URL names.")
    if isinstance(error, SSLError):
        return StoreProblem(f"No https connection to S3_ENDPOINT_URL={endpoint}: {error}")
    if isinstance(error, StoreConnectionError | HTTPClientError):
        return StoreProblem(f"The store does not answer: {error}", is_wrong=False)
    return StoreProblem(f"The store cannot be asked: {error}")


def problem_of_folder(error: OSError, bucket: str) -> StoreProblem:
    reason = error.strerror or str(error)
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StoreProblem(
        f"The folder {settings.DATA_DIR / 'media' / bucket} cannot be used: {reason}.",
        is_wrong=not is_full,
    )


def not_s3(answer: Answer | str = "it answers something else") -> StoreProblem:
    endpoint = settings.S3_ENDPOINT_URL
    parts = urlsplit(endpoint)
    is_supabase = "/storage/v1" in parts.path or ".supabase." in f"{parts.hostname}."
    if is_supabase and not parts.path.endswith("/storage/v1/s3"):
        return StoreProblem(
            f"S3_ENDPOINT_URL={endpoint} is not Supabase's S3 endpoint, which ends in "
            "/storage/v1/s3."
        )
    return StoreProblem(f"S3_ENDPOINT_URL={endpoint} is no S3 store ({answer}).")


def clock_off(answer: Answer) -> StoreProblem:
    minutes = clock_difference(answer.date) / 60
    return StoreProblem(
        f"The clocks of this machine and of the store differ by {minutes:.0f} minutes: set them "
        f"by NTP ({answer})."
    )


def clock_difference(date: str) -> float:
    """Seconds between now and the Date header of an answer; 0 without one."""
    try:
        return abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError):
        return 0


def named(bucket: str, article: str = "") -> str:
    options: Any = settings.STORAGES[bucket].get("OPTIONS", {})
    return f"{article}bucket {options.get('bucket_name', bucket)} ({SETTING_OF_BUCKET[bucket]})"
