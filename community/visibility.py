"""What people may see, considering what staff have hidden."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from joip.users.models import User
from sessions.models import Session, SessionQuerySet


def not_hidden_from(user: User | AnonymousUser, *, share: str, owner: str) -> Q:
    """The condition; `share` and `owner` lead from the rows to a share's fields and its owner.

    Hidden shares and their sessions are visible to their owner and to staff only.
    """
    if user.is_staff:
        return Q()
    visible = Q((f"{share}hidden_at", None))
    return visible | Q((owner, user)) if user.is_authenticated else visible


def not_hidden_sessions(user: User | AnonymousUser) -> SessionQuerySet:
    return Session.objects.filter(not_hidden_from(user, share="community_share__", owner="owner"))


def readable_sessions(user: User) -> SessionQuerySet:
    """What this person may read by id: their own sessions, and public ones."""
    return not_hidden_sessions(user).visible_to(user)
