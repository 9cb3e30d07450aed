"""Sharing by link: a code that nobody can guess shows a public session to whoever has it."""

import re
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet

from community.models import ShareLink
from community.moderation import not_hidden_from
from joip.errors import Refusal
from sessions.locks import SessionNotFound, lock_session
from sessions.models import Session


class NotYoursToShare(Refusal):
    status = 403
    body = {"message": "You do not have permission to share this session"}


@transaction.atomic
def link_session(*, session: Session) -> ShareLink:
    """Make the session public, and the code that shows it; the same code on repeat.

    Raises SessionNotFound (404).
    """
    session = lock_session(session.pk)
    Session.objects.filter(pk=session.pk).update(is_public=True)
    link, _ = ShareLink.objects.get_or_create(session=session)
    return link


def revoke_link(*, session: Session) -> None:
    """Make the code worthless for good. The session stays public."""
    ShareLink.objects.filter(session=session).delete()


def linked_sessions(code: str, viewer: AbstractUser) -> QuerySet:
    """The session behind the code, as a queryset: empty if `viewer` may not see it."""
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", code, re.IGNORECASE):
        return Session.objects.none()
    linked = Session.objects.filter(share_link__code=UUID(code), is_public=True)
    return not_hidden_from(viewer, linked)


def preview(*, code: str, viewer: AbstractUser) -> Session:
    """What the link shows to anybody: its owner, first slide and count. SessionNotFound (404)."""
    linked = linked_sessions(code, viewer).with_media_counts().with_first_slide()
    session = linked.select_related("owner").first()
    if session is None:
        raise SessionNotFound
    return session
