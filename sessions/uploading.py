"""New slides: files, which go into the session's place, or addresses of media elsewhere.

All of a request become slides, or none: objects first, then the rows in one
transaction. Of a process that dies between, objects remain for `prune_media`.
"""

from collections.abc import Sequence
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connection, transaction

from joip.errors import InvalidFields, Refusal
from joip.media_types import SUFFIXES
from joip.storage import CopyError
from sessions.deletion import remove_objects
from sessions.editing import touch
from sessions.locks import lock_session
from sessions.media_files import BadFile, MediaFile, media_file
from sessions.models import Session, SessionMedia
from sessions.quota import check_room, claim_room, room_of

LARGEST_FILE = 100 * 2**20  # bytes; documented as 100 MB
MOST_SLIDES = 1000  # one answer lists them all


class UploadFailed(Refusal):
    status = 503
    body = {"error": "The media could not be stored, please try again", "code": "UPLOAD_FAILED"}


class UploadLimits(FileUploadHandler):
    """Keeps what arrives off the disk once it cannot be accepted any more."""

    def __init__(self, user: AbstractUser):
        super().__init__()
        self.user = user
        self.sizes = []

    @cached_property
    def room(self) -> int:
        return room_of(self.user)

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.sizes.append(0)

    def receive_data_chunk(self, raw_data, start):
        self.sizes[-1] += len(raw_data)
        acceptable = self.sizes[-1] <= LARGEST_FILE and sum(self.sizes) <= self.room
        return raw_data if acceptable else None

    def file_complete(self, file_size):
        return None  # the handlers after this one keep it

    def upload_complete(self):
        problem = f"Larger than {LARGEST_FILE // 2**20} MB."
        too_large = [n for n, size in enumerate(self.sizes) if size > LARGEST_FILE]
        if too_large:
            raise InvalidFields({f"files.{n}": [problem] for n in too_large})
        check_room(user=self.user, needed=sum(self.sizes))


def add_files(
    *, session: Session, files: Sequence[File], captions: Sequence[str]
) -> list[SessionMedia]:
    """Store the files in the session's place, and append the slides that show them.

    `captions` are as many as `files`.
    Raises InvalidFields (400) for what is no picture or video, or one too many;
    StorageQuotaExceeded (403), SessionNotFound (404), UploadFailed (503).
    """
    media_files = checked(files)
    check_room(user=session.owner, needed=sum(media.file.size for media in media_files))
    slides = [
        stored_slide(session, media, caption)
        for media, caption in zip(media_files, captions, strict=True)
    ]
    connection.close()  # given back while the store works
    try:
        for slide, media in zip(slides, media_files, strict=True):
            storages[slide.bucket].put(slide.key, media.file, media.content_type)
        append(session, slides)
    except BaseException as error:
        remove_objects(session.bucket, [slide.key for slide in slides])
        if isinstance(error, CopyError):
            raise UploadFailed from error
        raise
    return slides


def checked(files: Sequence[File]) -> list[MediaFile]:
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
    slide.key = f"{session.place}{slide.name}{SUFFIXES[media.content_type]}"
    return slide


def add_external_media(*, session: Session, media: Sequence[dict]) -> list[SessionMedia]:
    """Append slides that show media elsewhere, by reference: nothing is fetched.

    Raises InvalidFields (400), SessionNotFound (404).
    """
    slides = [SessionMedia(session=session, **fields) for fields in media]
    append(session, slides)
    return slides


@transaction.atomic
def append(session: Session, slides: Sequence[SessionMedia]) -> None:
    needed = sum(slide.size or 0 for slide in slides)
    if needed:
        claim_room(user=session.owner, needed=needed)
    session = lock_session(session.pk)
    already = session.media.count()
    if already + len(slides) > MOST_SLIDES:
        raise InvalidFields({"media": [f"A session has {MOST_SLIDES} slides at most."]})
    for order, slide in enumerate(slides, start=already):
        slide.order = order
    SessionMedia.objects.bulk_create(slides)
    touch(session)
