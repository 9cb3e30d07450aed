"""Tries all that JOIP asks of the media store, with small objects that it deletes again."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.core.files.base import ContentFile, File

from joip.media.addresses import MAX_CLOCK_DIFFERENCE_SECONDS, current_window
from joip.media.buckets import GENERAL, USER_MEDIA, Bucket, get_bucket
from joip.media.content_types import CONTENT_TYPES, SUFFIXES
from joip.media.s3_bucket import S3Bucket
from joip.media.sigv4 import object_url
from joip.media.store_problems import (
    CHECK_PREFIX,
    BucketMissing,
    StoreProblem,
    clock_difference,
    named,
    store_problems,
)

CONTENT = b"JOIP checks its media store with this object, and deletes it."
LEFT_OVER_AFTER = timedelta(hours=1)  # when no check can still be using its objects
READ_SECONDS = 20


def check_store(*, largest: int = 0) -> Iterator[str | StoreProblem]:
    """Say what is done, and yield problems that leave the store usable.

    `largest` is the size of a large object to store too, in bytes. Raises StoreProblem for what
    has to be mended first.
    """
    run = f"{CHECK_PREFIX}{uuid.uuid4()}"
    for name in (GENERAL, USER_MEDIA):
        yield from make_missing(name)
        with store_problems(name):
            remove_left_over(get_bucket(name))
    try:
        yield from put_copy_and_read(run)
        for name in (GENERAL, USER_MEDIA) if largest else ():
            with store_problems(name):
                put_large(get_bucket(name), f"{run}.mp4", largest)
    except BaseException:
        for name in (GENERAL, USER_MEDIA):
            with suppress(Exception):  # the first problem is the one to tell
                remove(get_bucket(name), run)
        raise
    for name in (GENERAL, USER_MEDIA):
        with store_problems(name):
            remove(get_bucket(name), run)


def put_copy_and_read(run: str) -> Iterator[StoreProblem]:
    for name in (GENERAL, USER_MEDIA):
        with store_problems(name):
            put_one_of_each_type(get_bucket(name), run)
    for name, source in ((USER_MEDIA, GENERAL), (GENERAL, USER_MEDIA)):
        copy = f"{run}-copy.jpg"
        with store_problems(name):
            get_bucket(name).copy_from(get_bucket(source), f"{run}.jpg", copy, size=len(CONTENT))
        yield from read_back(name, copy)


def make_missing(name: str) -> Iterator[str]:
    bucket = get_bucket(name)
    try:
        with store_problems(name):
            next(bucket.objects(CHECK_PREFIX), None)
    except BucketMissing as missing:
        if not isinstance(bucket, S3Bucket):
            raise
        try:
            with store_problems(name):
                bucket.client().create_bucket(Bucket=bucket.bucket_name, **where(bucket))
        except StoreProblem as refused:
            raise StoreProblem(f"{missing} The store did not let JOIP make it: {refused}") from None
        yield f"Made the {named(name)}."


def where(bucket: S3Bucket) -> dict[str, dict[str, str]]:
    """Amazon wants to be told the region, unless it is its first; other stores need not know it."""
    if ".amazonaws.com" in bucket.endpoint_url and bucket.region_name != "us-east-1":
        return {"CreateBucketConfiguration": {"LocationConstraint": bucket.region_name}}
    return {}


def put_one_of_each_type(bucket: Bucket, run: str) -> None:
    for content_type in sorted(set(CONTENT_TYPES.values())):
        bucket.put(f"{run}{SUFFIXES[content_type]}", ContentFile(CONTENT), content_type)


def put_large(bucket: Bucket, key: str, size: int) -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        bucket.delete(key)  # or a folder would choose another key
        bucket.put(key, File(file, "large"), "video/mp4")


def remove(bucket: Bucket, prefix: str) -> None:
    for key, _ in list(bucket.objects(CHECK_PREFIX)):
        if key.startswith(prefix):
            bucket.delete(key)


def remove_left_over(bucket: Bucket) -> None:
    """What checks that died have left; pruning looks at other prefixes."""
    for key, changed_at in list(bucket.objects(CHECK_PREFIX)):
        if changed_at < datetime.now(UTC) - LEFT_OVER_AFTER:
            bucket.delete(key)


def read_back(name: str, key: str) -> Iterator[StoreProblem]:
    bucket = get_bucket(name)
    if not isinstance(bucket, S3Bucket):
        return  # JOIP serves folders itself
    address = bucket.address(key, current_window())
    try:
        content, date = fetch(address)
        part, _ = fetch(address, Range="bytes=5-10")
    except HTTPError as error:
        raise StoreProblem(
            f"A signed address of {named(name)} is answered with {error.code}: check "
            "S3_PUBLIC_ENDPOINT_URL and the clocks."
        ) from error
    except (OSError, HTTPException) as error:
        # Only browsers have to reach it.
        yield StoreProblem(f"This machine cannot read {origin(bucket)}: {error}", is_wrong=False)
        return
    if clock_difference(date) > MAX_CLOCK_DIFFERENCE_SECONDS:
        raise StoreProblem(
            f"The clocks of this machine and of the store differ by "
            f"{clock_difference(date) / 60:.0f} minutes: set them by NTP."
        )
    if (content, part) != (CONTENT, CONTENT[5:11]):
        raise StoreProblem(
            f"{origin(bucket)} does not give the object, or not a range of it, as it was stored."
        )
    yield from find_public_access(name, bucket, key)


def fetch(address: str, **headers: str) -> tuple[bytes, str]:
    """The body and date of the answer to a GET."""
    request = Request(address, headers=headers)  # noqa: S310  # the settings allow http and https
    with urlopen(request, timeout=READ_SECONDS) as answer:  # noqa: S310
        return answer.read(len(CONTENT) + 1), answer.headers["Date"] or ""


def find_public_access(name: str, bucket: S3Bucket, key: str) -> Iterator[StoreProblem]:
    for address in unsigned_addresses(bucket, key):
        try:
            is_public = fetch(address)[0] == CONTENT
        except (OSError, HTTPException):
            continue
        if is_public:
            problem = f"The {named(name)} is public: everybody can read it. Make it private."
            if name == USER_MEDIA:
                raise StoreProblem(problem)
            yield StoreProblem(problem, is_wrong=False)
            return


def unsigned_addresses(bucket: S3Bucket, key: str) -> Iterator[str]:
    yield object_url(origin(bucket), bucket.bucket_name, key)
    supabase = origin(bucket).removesuffix("/s3")
    if supabase.endswith("/storage/v1"):  # where Supabase serves public buckets
        yield object_url(f"{supabase}/object/public", bucket.bucket_name, key)


def origin(bucket: S3Bucket) -> str:
    return str(bucket.signed_for or bucket.endpoint_url)
