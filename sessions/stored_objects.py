"""The objects that slides name: their keys, and how they are deleted when no slide names them.

Rows are deleted first. An object that cannot be deleted then, or that lands later, is an orphan,
and `prune_media` finds it.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings
from django.db import DatabaseError

from joip.media.buckets import GENERAL, USER_MEDIA, get_bucket
from sessions import renditions
from sessions.backup_leases import backup_runs
from sessions.models import Session, SessionMedia
from sessions.renditions import renditions_of, unnamed_renditions

logger = logging.getLogger(__name__)

MAX_KEYS_A_STATEMENT = 500  # SQLite may be built with a limit of 999 parameters


def key_prefix(session: Session) -> str:
    """Of the session's own objects. The contract gives the form of a saved session's."""
    if session.is_snapshot:
        return f"community/{session.pk}/"
    return f"users/{session.owner_id}/manual-sessions/{session.pk}/"


def target_key(slide: SessionMedia) -> str:
    """Where the slide's object belongs. Each attempt to copy it writes this key, which cannot be
    guessed.
    """
    return f"{key_prefix(slide.session)}{slide.name}{safe_suffix(slide.key)}"


def safe_suffix(file_name: str) -> str:
    """The last suffix of a file name, in lower case; nothing if it is not plain ASCII."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) <= 9 else ""


def objects_of(session: Session, slides: Iterable[SessionMedia]) -> dict[str, set[str]]:
    """By bucket, the keys that these slides of the session name, or are to name once copied."""
    named: dict[str, set[str]] = {GENERAL: set(), USER_MEDIA: set()}
    for slide in slides:
        named[USER_MEDIA] |= {rendition.key for rendition in renditions_of(slide).values()}
        if slide.key:
            named[slide.bucket].add(slide.key)
            # Of a pending slide: its copy may have landed without being recorded.
            named[session.bucket].add(target_key(slide))
    return named


def remove_objects(objects: Mapping[str, Collection[str]]) -> None:
    """Delete those objects, by bucket, that no slide names. To be called after the commit. While
    a backup runs, they are left to `prune_media`.
    """
    for bucket, keys in objects.items():
        if not keys:
            continue
        try:
            unwanted = unnamed(bucket, keys)
            is_kept = bool(unwanted) and backup_runs()
        except DatabaseError:  # the caller's own work is done
            logger.exception("objects left for prune_media in %s", bucket)
            continue
        if is_kept:
            logger.info("a backup runs: %s objects left for prune_media", len(unwanted))
            continue
        with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
            list(pool.map(partial(remove_object, bucket), unwanted))


def unnamed(bucket: str, keys: Iterable[str]) -> list[str]:
    keys = list(keys)
    found: list[str] = []
    for start in range(0, len(keys), MAX_KEYS_A_STATEMENT):
        some = keys[start : start + MAX_KEYS_A_STATEMENT]
        originals = [key for key in some if not key.startswith(renditions.KEY_PREFIX)]
        slides = SessionMedia.objects.filter(bucket=bucket, key__in=originals)
        named = set(slides.values_list("key", flat=True))
        found += [key for key in originals if key not in named]
        found += unnamed_renditions(some)
    return found


def remove_object(bucket: str, key: str) -> None:
    try:
        get_bucket(bucket).delete(key)
    except Exception:
        logger.exception("object left for prune_media: %s in %s", key, bucket)
