"""What a failed upload is answered with, by why the store did not take it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from joip.errors import Refusal
from joip.media.copy_errors import CopyError, StoreLimit, StoreUnavailable
from sessions.models import Session

logger = logging.getLogger(__name__)


def in_its_words(error: str, message: str) -> str:
    return f"{error}: {message}" if message else error


class UploadFailed(Refusal):
    status = 503
    body = {"error": "The media could not be stored, please try again", "code": "UPLOAD_FAILED"}


class UploadRefused(Refusal):
    """Trying again would not help: staff have to mend the store or its settings."""

    status = 503
    body = {"error": "The media store does not accept uploads", "code": "UPLOAD_FAILED"}


class FileTooLargeForStore(Refusal):
    """`limit` is in bytes, and there if the store says it."""

    status = 413

    def __init__(self, *, limit: int | None = None, message: str = ""):
        self.body = {
            "error": in_its_words("The media store accepts no file of this size", message),
            "code": "FILE_TOO_LARGE_FOR_STORE",
        }
        if limit is not None:
            self.body["limit"] = limit


class TypeRefusedByStore(Refusal):
    status = 415

    def __init__(self, *, message: str = ""):
        self.body = {
            "error": in_its_words("The media store accepts no file of this type", message),
            "code": "TYPE_REFUSED_BY_STORE",
        }


UPLOAD_REFUSALS: list[Refusal | type[Refusal]] = [
    UploadFailed,
    UploadRefused,
    FileTooLargeForStore(limit=52_428_800),
    TypeRefusedByStore(),
]


@contextmanager
def refused_if_it_fails(session: Session) -> Iterator[None]:
    """A store that fails and a full disk are no fault of the request."""
    try:
        yield
    except (CopyError, OSError) as error:
        raise upload_refusal(error, session) from error


def upload_refusal(error: CopyError | OSError, session: Session) -> Refusal:
    """The answer to an upload that failed, which is logged with its cause."""
    logger.warning(
        "upload failed: session=%s user=%s reason=%s", session.pk, session.owner_id, error
    )
    if isinstance(error, StoreUnavailable | OSError):
        return UploadFailed()
    if not isinstance(error, StoreLimit):
        return UploadRefused()
    if error.status == TypeRefusedByStore.status:
        return TypeRefusedByStore(message=error.message)
    return FileTooLargeForStore(limit=error.max_bytes, message=error.message)
