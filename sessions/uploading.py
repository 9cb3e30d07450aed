"""New slides: uploaded files, or addresses of media elsewhere.

All media of a request become slides, or none: objects first, then the rows in one transaction.
A process that dies in between leaves objects, which `prune_media` deletes.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.files.base import File
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connection, transaction

from joip.errors import InvalidFields, Refusal
from joip.media.buckets import get_bucket
from joip.media.content_types import SUFFIXES
from joip.media.copy_errors import CopyError
from joip.users.models import User
from sessions.accepted_files import MAX_FILE_BYTES, BadFile, MediaFile, media_file
from sessions.editing import touch
from sessions.locks import lock_session
from sessions.models import Session, SessionMedia
from sessions.quota import check_quota, lock_and_check_quota, quota_left
from sessions.stored_objects import key_prefix, remove_objects

MAX_SLIDES = 1000  # one answer lists them all


class UploadFailed(Refusal):
    status = 503
    body = {"error": "The media could not be stored, please try again", "code": "UPLOAD_FAILED"}


class UploadLimits(FileUploadHandler):
    """Discards what arrives as soon as the request cannot be accepted any more."""

    def __init__(self, user: User):
        super().__init__()
        self.user = user
        self.sizes: list[int] = []

    @cached_property
    def quota_left(self) -> int:
        return quota_left(self.user)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.sizes.append(0)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.sizes[-1] += len(raw_data)
        acceptable = self.sizes[-1] <= MAX_FILE_BYTES and sum(self.sizes) <= self.quota_left
        return raw_data if acceptable else None

    def file_complete(self, file_size: int) -> None:
        return None  # the next handler stores the file

    def upload_complete(self) -> None:
        problem = f"Larger than {MAX_FILE_BYTES // 2**20} MB."
        too_large = [n for n, size in enumerate(self.sizes) if size > MAX_FILE_BYTES]
        if too_large:
            raise InvalidFields({f"files.{n}": [problem] for n in too_large})
        check_quota(user=self.user, needed=sum(self.sizes))


def add_files(
    *, session: Session, files: Sequence["File[bytes]"], captions: Sequence[str]
) -> list[SessionMedia]:
    media_files = checked(files)
    check_quota(user=session.owner, needed=sum(media.file.size for media in media_files))
    slides = [
        stored_slide(session, media, caption)
        for media, caption in zip(media_files, captions, strict=True)
    ]
    connection.close()  # given back while the store works
    try:
        for slide, media in zip(slides, media_files, strict=True):
            get_bucket(slide.bucket).put(slide.key, media.file, media.content_type)
        append(session, slides)
    except BaseException as error:
        remove_objects({session.bucket: [slide.key for slide in slides]})
        if isinstance(error, CopyError):
            raise UploadFailed from error
        raise
    return slides


def checked(files: Sequence["File[bytes]"]) -> list[MediaFile]:
    media_files, problems = [], {}
    for number, file in enumerate(files):
        try:
            media_files.append(media_file(file))
        except BadFile as error:
            problems[f"files.{number}"] = [str(error)]
    if problems:
        raise InvalidFields(problems)
    return media_files


def stored_slide(session: Session, media: MediaFile, caption: str) -> SessionMedia:
    slide = SessionMedia(
        session=session,
        media_type=media.media_type,
        caption=caption,
        bucket=session.bucket,
        content_type=media.content_type,
        size=media.file.size,
    )
    slide.key = f"{key_prefix(session)}{slide.name}{SUFFIXES[media.content_type]}"
    return slide


def add_external_media(*, session: Session, media: Sequence[dict[str, Any]]) -> list[SessionMedia]:
    """Append slides that show media elsewhere. Nothing is fetched."""
    slides = [SessionMedia(session=session, **fields) for fields in media]
    append(session, slides)
    return slides


@transaction.atomic
def append(session: Session, slides: Sequence[SessionMedia]) -> None:
    needed = sum(slide.size or 0 for slide in slides)
    if needed:
        lock_and_check_quota(user=session.owner, needed=needed)
    session = lock_session(session.pk)
    already = session.media.count()
    if already + len(slides) > MAX_SLIDES:
        raise InvalidFields({"media": [f"A session has {MAX_SLIDES} slides at most."]})
    for order, slide in enumerate(slides, start=already):
        slide.order = order
    SessionMedia.objects.bulk_create(slides)
    touch(session)
