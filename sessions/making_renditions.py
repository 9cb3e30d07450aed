"""Makes the renditions that stored slides lack: what an upload makes, for slides from before."""

import logging
from collections.abc import Iterator
from typing import BinaryIO, cast
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import Count, QuerySet

from joip.media.buckets import USER_MEDIA
from joip.media.copy_errors import CopyError
from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.folders import temporary_folder
from joip.media.incoming.reading import read_file
from sessions.models import Session, SessionMedia
from sessions.object_copies import are_interrupted
from sessions.queueing import MAKE_RENDITIONS, defer
from sessions.renditions import renditions_of
from sessions.snapshots import summarize
from sessions.stored_objects import remove_objects
from sessions.uploading import store_renditions

logger = logging.getLogger(__name__)


def make_renditions_later() -> int:
    """Leave them to workers, by a job for each session; how many sessions."""
    slides = slides_without_renditions().order_by()
    sessions = slides.values_list("session").annotate(Count("pk")).order_by("session")
    for session_id, count in sessions:
        defer(MAKE_RENDITIONS, session_id, media=count)
    return len(sessions)


def make_renditions_of(session_id: int) -> None:
    """In a worker: those that the session's slides lack. What cannot be made is logged, and left
    until they are asked for again.
    """
    for slide in one_by_one(slides_without_renditions().filter(session=session_id)):
        if are_interrupted():
            defer(MAKE_RENDITIONS, session_id, media=1)
            return
        try:
            make_renditions(slide)
        except (BadFile, CopyError, OSError) as error:
            logger.warning("no renditions of slide %s: %s", slide.pk, error)


def slides_without_renditions() -> "QuerySet[SessionMedia]":
    return SessionMedia.objects.filter(rendition=None).exclude(bucket="")


def one_by_one(slides: "QuerySet[SessionMedia]") -> Iterator[SessionMedia]:
    """Each is asked for anew: making some takes long, others may be made in the meantime."""
    waiting = slides.order_by("pk")
    last = 0
    while slide := waiting.filter(pk__gt=last).first():
        last = slide.pk
        yield slide


def make_renditions(slide: SessionMedia) -> bool:
    """Whether the slide still needed them. Raises BadFile, CopyError or OSError."""
    with temporary_folder(settings.DATA_DIR) as folder:
        with storages[slide.bucket].open(slide.key) as content:
            read = read_file(cast("BinaryIO", content), folder=folder)
        made = {
            "rendition": uuid4(),
            "width": read.width,
            "height": read.height,
            "duration": read.duration,
            "placeholder": read.placeholder,
        }
        for name, value in made.items():
            setattr(slide, name, value)
        is_named = False
        try:
            store_renditions(slide, read)
            unchanged = SessionMedia.objects.filter(
                pk=slide.pk, rendition=None, bucket=slide.bucket, key=slide.key
            )
            is_named = bool(unchanged.update(**made))
        finally:
            if not is_named:
                keys = [rendition.key for rendition in renditions_of(slide).values()]
                remove_objects({USER_MEDIA: keys})
    snapshot = Session.objects.snapshots().filter(pk=slide.session_id).first()
    if snapshot:
        summarize(snapshot)
    return is_named
