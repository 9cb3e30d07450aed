"""What people change of the sessions they own, also while a copy is being filled."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from credits.ledger import charge
from credits.pricing import SESSION_CREATE
from joip.errors import InvalidFields
from joip.users.models import User
from sessions.categories import Category
from sessions.hooks import made_private
from sessions.locks import lock_person, lock_session
from sessions.models import Session, SessionMedia
from sessions.ownership import MediaNotFound
from sessions.snapshots import retire_snapshots
from sessions.stored_objects import objects_of, remove_objects

# A change of these alone leaves as it was what is played and shared.
NOT_CONTENT = {"is_favorite", "is_public"}


@transaction.atomic
def create_session(*, user: User, **fields: Any) -> Session:
    lock_person(user)
    session = Session(owner=user, **with_category({"category": None} | fields))
    check_intervals(session)
    session.save()
    session.charge = charge(
        user=user, feature_key=SESSION_CREATE, reference=f"session:{session.pk}", actor=user
    )
    session.save(update_fields=["charge"])
    return session


@transaction.atomic
def edit_session(*, session: Session, **changes: Any) -> None:
    """Change these fields only; `category=None` means the default category.

    Making it private retires its snapshots and withdraws its share (`hooks.made_private`): nobody
    sees or saves it any more.
    """
    session = lock_session(session.pk)
    was_public = session.is_public
    for name, value in with_category(changes).items():
        setattr(session, name, value)
    check_intervals(session)
    is_content = bool(changes.keys() - NOT_CONTENT)
    session.save(update_fields=[*changes, *(["updated_at"] if is_content else [])])
    if was_public and not session.is_public:
        retire_snapshots(session)
        made_private(session.pk)


def with_category(fields: dict[str, Any]) -> dict[str, Any]:
    if "category" in fields and fields["category"] is None:
        return fields | {"category": Category.objects.default()}
    return fields


def check_intervals(session: Session) -> None:
    if session.interval_min > session.interval_max:
        problem = f"Must not exceed intervalMax, {session.interval_max}."
        raise InvalidFields({"intervalMin": [problem]})


@transaction.atomic
def edit_slide(*, slide: SessionMedia, **changes: Any) -> SessionMedia:
    slide = lock_slide(slide)
    if changes.get("is_thumbnail"):
        slide.session.media.filter(is_thumbnail=True).update(is_thumbnail=False)
    for name, value in changes.items():
        setattr(slide, name, value)
    slide.save(update_fields=changes)
    touch(slide.session)
    return slide


@transaction.atomic
def delete_slide(*, slide: SessionMedia) -> None:
    """Delete the slide and close the gap in the order; its object follows after the commit."""
    slide = lock_slide(slide)
    session = slide.session
    objects = objects_of(session, [slide])
    slide.delete()
    session.media.filter(order__gt=slide.order).update(order=F("order") - 1)
    touch(session)
    transaction.on_commit(lambda: remove_objects(objects))


@transaction.atomic
def reorder_slides(*, session: Session, media_ids: Sequence[int]) -> None:
    session = lock_session(session.pk)
    slides = {slide.pk: slide for slide in session.media.all()}
    if sorted(media_ids) != sorted(slides):
        problem = "Must name every slide of the session once, and nothing else."
        raise InvalidFields({"mediaIds": [problem]})
    for order, pk in enumerate(media_ids):
        slides[pk].order = order
    SessionMedia.objects.bulk_update(slides.values(), ["order"], batch_size=500)
    touch(session)


@transaction.atomic
def move_slide(*, slide: SessionMedia, order: int) -> None:
    """The slides in between close up; an order beyond the ends is that of the end."""
    slide = lock_slide(slide)
    slides = slide.session.media.all()
    order = max(0, min(order, slides.count() - 1))
    if order < slide.order:
        between = slides.filter(order__gte=order, order__lt=slide.order)
        between.update(order=F("order") + 1)
    else:
        between = slides.filter(order__gt=slide.order, order__lte=order)
        between.update(order=F("order") - 1)
    slides.filter(pk=slide.pk).update(order=order)
    touch(slide.session)


@transaction.atomic
def arrange_slides(*, session: Session, media_ids: Sequence[int]) -> None:
    """Put these slides into this order, at the places that they hold together; others stay.

    Slides that are gone are left out.
    """
    session = lock_session(session.pk)
    slides = session.media.in_bulk(media_ids)
    named = [slides[pk] for pk in dict.fromkeys(media_ids) if pk in slides]
    for slide, order in zip(named, sorted(slide.order for slide in named), strict=True):
        slide.order = order
    SessionMedia.objects.bulk_update(named, ["order"], batch_size=500)
    touch(session)


def lock_slide(slide: SessionMedia) -> SessionMedia:
    """The slide as it is now; its session is locked, and is `slide.session`."""
    session = lock_session(slide.session_id)
    locked = session.media.filter(pk=slide.pk).first()
    if locked is None:
        raise MediaNotFound
    locked.session = session
    return locked


def touch(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(updated_at=timezone.now())
