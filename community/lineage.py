"""Which community sessions a session descends from, through any number of copies.

A session's origins are written when it is saved and never change, so that no deletion in between
breaks the chain.
"""

from django.db import connection

from community.models import CommunityShare, Origin
from joip.errors import Refusal
from sessions.models import Session

# In SQL: one statement for any number of origins.
COPY_ORIGINS = """
    INSERT INTO community_origin (session_id, community_session_id)
    SELECT %s, community_session_id FROM community_origin WHERE session_id = %s
"""
AND_ANOTHER = " UNION SELECT %s, %s"


class SourceHidden(Refusal):
    status = 403
    body = {
        "error": "Staff have hidden the community session that this was saved from",
        "code": "SOURCE_HIDDEN",
    }


def inherit_origins(session: Session, *, source: Session) -> None:
    """For a snapshot of `source`."""
    with connection.cursor() as cursor:
        cursor.execute(COPY_ORIGINS, [session.pk, source.pk])


def record_origins(session: Session, *, source: Session, share: CommunityShare) -> None:
    """For a save of `share`, whose snapshot is `source`."""
    with connection.cursor() as cursor:
        cursor.execute(COPY_ORIGINS + AND_ANOTHER, [session.pk, source.pk, session.pk, share.pk])


def refuse_hidden_source(session: Session) -> None:
    """In the caller's transaction, which has locked the session and no share yet.

    Hiding changes the share first and looks for shares of its copies in a later statement: with
    the shares locked here, it either comes first and is seen, or comes later and sees this share.
    """
    origins = Origin.objects.filter(session=session)
    shares = CommunityShare.objects.filter(pk__in=origins.values("community_session_id"))
    list(shares.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    if origins.hidden().exists():
        raise SourceHidden
