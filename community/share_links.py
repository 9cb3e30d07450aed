"""Sharing by link: its code, which cannot be guessed, shows the session, public or not."""

import re
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from community.audiences import audience_of
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
    """Make a link to the session; the same link on repeat. The link has its `audience`."""
    session = lock_session(session.pk)
    refuse_hidden_source(session)
    link, _ = ShareLink.objects.get_or_create(session=session)
    return ShareLink.objects.annotate(audience=audience_of("session__")).get(pk=link.pk)


@transaction.atomic
def revoke_link(*, session: Session) -> Session:
    """For good: a later link has another code. The session as it is then, with its `audience`."""
    session = lock_session(session.pk)
    ShareLink.objects.filter(session=session).delete()
    return Session.objects.annotate(audience=audience_of()).get(pk=session.pk)


def linked_sessions(code: str, viewer: User | AnonymousUser) -> SessionQuerySet:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", code, re.IGNORECASE):
        return Session.objects.none()
    return not_hidden_sessions(viewer).filter(share_link__code=UUID(code))


def preview(*, code: str, viewer: User | AnonymousUser) -> Session:
    """What the link shows to everybody: owner, thumbnail and number of slides."""
    linked = linked_sessions(code, viewer).as_shown().select_related("owner")
    session = linked.first()
    if session is None:
        raise SessionNotFound
    return session
