"""New slides: uploaded files, or addresses of media elsewhere.

All media of a request become slides, or none: objects first, then the rows in one transaction.
A process that dies in between leaves objects, which `prune_media` deletes.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast
from uuid import uuid4

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction

from joip.connection import give_back_connection
from joip.errors import InvalidFields
from joip.media.buckets import USER_MEDIA, get_bucket
from joip.media.content_types import SUFFIXES
from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.folders import incoming_folder, temporary_folder
from joip.media.incoming.incoming_file import IncomingFile
from joip.media.incoming.reading import MAX_FILE_BYTES, read_file
from joip.users.models import User
from sessions import renditions
from sessions.editing import touch
from sessions.locks import lock_session
from sessions.models import Session, SessionMedia
from sessions.quota import check_quota, lock_and_check_quota, quota_left
from sessions.renditions import renditions_of
from sessions.stored_objects import key_prefix, objects_of, remove_objects
from sessions.upload_refusals import refused_if_it_fails

MAX_SLIDES = 1000  # one answer lists them all


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


class UnnamedFile(FileUploadHandler):
    """Keeps a file on the disk without a name, so that nothing is left of it after a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.files = ExitStack()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        file = TemporaryFile(dir=incoming_folder(settings.DATA_DIR))  # noqa: SIM115
        self.content = self.files.enter_context(file)

    def close(self) -> None:
        self.files.close()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.content.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        self.content.seek(0)
        return UploadedFile(self.content, self.file_name, self.content_type, file_size)


def add_files(
    *, session: Session, files: Sequence["File[bytes]"], captions: Sequence[str]
) -> list[SessionMedia]:
    with temporary_folder(settings.DATA_DIR) as folder:
        with refused_if_it_fails(session):
            incoming = read_files(files, folder)
        return add_read_files(session=session, incoming=incoming, captions=captions)


def add_read_files(
    *, session: Session, incoming: Sequence[IncomingFile], captions: Sequence[str]
) -> list[SessionMedia]:
    check_quota(user=session.owner, needed=sum(file.size for file in incoming))
    slides = [
        slide_of(session, file, caption) for file, caption in zip(incoming, captions, strict=True)
    ]
    give_back_connection()  # while the store works
    is_committing = False
    try:
        with refused_if_it_fails(session):
            for slide, file in zip(slides, incoming, strict=True):
                store(slide, file)
        with transaction.atomic():
            append(session, slides)
            is_committing = True
    except BaseException:
        if not is_committing:  # or the rows may be there: `prune_media` will find out
            remove_objects(objects_of(session, slides))
        raise
    return slides


def read_files(files: Sequence["File[bytes]"], folder: Path) -> list[IncomingFile]:
    incoming, problems = [], {}
    for number, file in enumerate(files):
        try:
            incoming.append(read_file(cast("BinaryIO", file), folder=folder))
        except BadFile as error:
            problems[f"files.{number}"] = [str(error)]
    if problems:
        raise InvalidFields(problems)
    return incoming


def slide_of(session: Session, file: IncomingFile, caption: str) -> SessionMedia:
    slide = SessionMedia(
        session=session,
        media_type=file.media_type,
        caption=caption,
        bucket=session.bucket,
        content_type=file.content_type,
        size=file.size,
        width=file.width,
        height=file.height,
        duration=file.duration,
        placeholder=file.placeholder,
        rendition=uuid4(),
    )
    slide.key = f"{key_prefix(session)}{slide.name}{SUFFIXES[file.content_type]}"
    return slide


def store(slide: SessionMedia, file: IncomingFile) -> None:
    put(slide.bucket, slide.key, file.path, file.content_type)
    store_renditions(slide, file)


def store_renditions(slide: SessionMedia, file: IncomingFile) -> None:
    paths = {"small": file.small, "large": file.large}
    for name, rendition in renditions_of(slide).items():
        put(USER_MEDIA, rendition.key, cast(Path, paths[name]), renditions.CONTENT_TYPE)


def put(bucket: str, key: str, path: Path, content_type: str) -> None:
    with path.open("rb") as content:
        get_bucket(bucket).put(key, File(content), content_type)


def add_external_media(*, session: Session, media: Sequence[dict[str, Any]]) -> list[SessionMedia]:
    """Append slides that show media elsewhere. Nothing is fetched."""
    slides = [SessionMedia(session=session, **fields) for fields in media]
    with transaction.atomic():
        append(session, slides)
    return slides


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
