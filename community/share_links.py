"""Sharing by link: its code, which cannot be guessed, shows a public session."""

import re
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from community.lineage import refuse_hidden_source
from community.models import ShareLink
from community.visibility import not_hidden_sessions
from joip.errors import Refusal
from joip.users.models import User
from sessions.locks import lock_session
from sessions.models import Session, SessionQuerySet
from sessions.ownership import SessionNotFound


class NotYoursToShare(Refusal):
    status = 403
    body = {"message": "You do not have permission to share this session"}


@transaction.atomic
def link_session(*, session: Session) -> ShareLink:
    """Make the session public, and a link to it; the same link on repeat."""
    session = lock_session(session.pk)
    refuse_hidden_source(session)
    Session.objects.filter(pk=session.pk).update(is_public=True)
    link, _ = ShareLink.objects.get_or_create(session=session)
    return link


def revoke_link(*, session: Session) -> None:
    """For good: a later link has another code. The session stays public."""
    ShareLink.objects.filter(session=session).delete()


def linked_sessions(code: str, viewer: User | AnonymousUser) -> SessionQuerySet:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", code, re.IGNORECASE):
        return Session.objects.none()
    return not_hidden_sessions(viewer).filter(share_link__code=UUID(code), is_public=True)


def preview(*, code: str, viewer: User | AnonymousUser) -> Session:
    """What the link shows to everybody: owner, first slide and number of slides."""
    linked = linked_sessions(code, viewer).as_shown().select_related("owner")
    session = linked.first()
    if session is None:
        raise SessionNotFound
    return session
