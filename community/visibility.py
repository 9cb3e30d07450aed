"""Which sessions a person may read by their ids, considering what staff have hidden."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from community.models import CommunityShare, Origin
from joip.users.models import User
from sessions.models import Session, SessionQuerySet


def not_hidden_sessions(user: User | AnonymousUser) -> SessionQuerySet:
    """Without what is visible to its owner and staff only: sessions whose share is hidden, and
    those that descend from a hidden one, unless staff have left their own share open.
    """
    sessions = Session.objects.all()
    if user.is_staff:
        return sessions
    hidden_origins = Origin.objects.filter(session=OuterRef("pk")).hidden()
    left_open = CommunityShare.objects.open().filter(session=OuterRef("pk"))
    visible = Q(community_share__hidden_at=None) & (~Exists(hidden_origins) | Exists(left_open))
    return sessions.filter(visible | Q(owner=user) if user.is_authenticated else visible)


def readable_sessions(user: User) -> SessionQuerySet:
    """What this person may read by id: their own sessions, and public ones."""
    return not_hidden_sessions(user).visible_to(user)
