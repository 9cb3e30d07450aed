"""The audience of a session, in the word that its owner is told; sessions as they are shown.

Who is let in is decided elsewhere: by id in `visibility`, by link in `share_links`, in the
community by the querysets of `models`.
"""

from django.db import models
from django.db.models import Case, Exists, OuterRef, Prefetch, Value, When

from community.models import CommunityShare, ShareLink
from sessions.models import Session, SessionQuerySet
from sessions.ownership import SessionNotFound


class Audience(models.TextChoices):
    COMMUNITY = "community"
    MEMBERS = "members"
    LINK = "link"
    PRIVATE = "private"


AUDIENCE_HELP = (
    "Who can see the session. `community`: it is shared to the community. `members`: every member, "
    "by its id. `link`: whoever has its link. `private`: its owner alone."
)


def audience_of(session: str = "") -> Case:
    """The widest audience; `session` leads from the rows to their session, as in `session__`.

    Subqueries, so that it is found for the rows that are shown, and no others.
    """
    pk = OuterRef(f"{session}pk")
    offers = CommunityShare.objects.filter(session=pk, withdrawn_at=None)
    return Case(
        When(Exists(offers), then=Value(Audience.COMMUNITY)),
        When(**{f"{session}is_public": True}, then=Value(Audience.MEMBERS)),
        When(Exists(ShareLink.objects.filter(session=pk)), then=Value(Audience.LINK)),
        default=Value(Audience.PRIVATE),
    )


def as_shown(sessions: SessionQuerySet) -> SessionQuerySet:
    """With what `SessionSerializer` shows."""
    shares = Prefetch("community_share", CommunityShare.objects.with_state())
    shown = sessions.as_shown().annotate(audience=audience_of())
    return shown.select_related("share_link").prefetch_related(shares)


def session_as_shown(session: Session) -> Session:
    return one_as_shown(Session.objects.filter(pk=session.pk))


def one_as_shown(sessions: SessionQuerySet) -> Session:
    session = as_shown(sessions).first()
    if session is None:
        raise SessionNotFound
    return session
