"""Failed copies: how they let go of a retired snapshot, and how they get the slides of another.

A failed copy keeps the snapshot that it reads, so that saving again goes on with it. That ends when
the snapshot retires: what the author has withdrawn, deleted or replaced plays on nowhere.
"""

from collections.abc import Iterable

from django.db import transaction

from sessions.copied_rows import copy_slides
from sessions.models import Session, SessionMedia
from sessions.stored_objects import objects_of, remove_objects


def release_failed_copies(snapshot: Session) -> None:
    """Each in a transaction of its own, which locks the copy alone."""
    failed = snapshot.copies.filter(media_status=Session.MediaStatus.FAILED)
    for pk in failed.values_list("pk", flat=True):
        with transaction.atomic():
            # Saving again may have locked it first: then it is not failed any more.
            copy = failed.select_for_update().filter(pk=pk).first()
            if copy:
                release(copy)


def release(copy: Session) -> None:
    """Its pending slides go, since their objects do; everything else stays. A failed copy without
    `copied_from` is one that has let go.
    """
    remove_slides(copy, copy.pending())
    renumber(copy.media.all())
    Session.objects.filter(pk=copy.pk).update(copied_from=None)


def replace_slides(copy: Session, snapshot: Session) -> None:
    """Exchange the slides that came with the save; the person's own follow, and one of these stays
    the thumbnail. In the transaction that begins the copy again.
    """
    remove_slides(copy, copy.media.filter(came_with_save=True))
    own = list(copy.media.all())
    chosen = [slide.pk for slide in own if slide.is_thumbnail]
    copy.media.update(is_thumbnail=False)
    copy_slides(snapshot, copy)
    if chosen:
        copy.media.update(is_thumbnail=False)
        copy.media.filter(pk__in=chosen).update(is_thumbnail=True)
    renumber(own, start=copy.media.count() - len(own))


def remove_slides(copy: Session, slides: "Iterable[SessionMedia]") -> None:
    """Rows now, objects after the commit."""
    slides = list(slides)
    objects = objects_of(copy, slides)
    copy.media.filter(pk__in=[slide.pk for slide in slides]).delete()
    transaction.on_commit(lambda: remove_objects(objects))


def renumber(slides: Iterable[SessionMedia], start: int = 0) -> None:
    slides = list(slides)
    for order, slide in enumerate(slides, start):
        slide.order = order
    SessionMedia.objects.bulk_update(slides, ["order"], batch_size=500)
