"""Where a person is signed in: one row of allauth's UserSession for each of Django's sessions."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from joip.api.client_address import client_address
from joip.users.models import User

NO_ADDRESS = "::"  # the row needs one; a Unix socket tells none
MAX_BROWSER_LENGTH = 200


def open_sign_ins(user: User) -> QuerySet[UserSession]:
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=user, session_key__in=live)
    return rows.order_by("-created_at")


def note_open_sign_in(request: HttpRequest, user: User) -> None:
    forget_ended_sign_ins(user)
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": str(client_address(request) or NO_ADDRESS),
            "user_agent": request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[
                :MAX_BROWSER_LENGTH
            ],
        },
    )


def end_sign_ins(user: User, *, but: str | None = None) -> None:
    """End all of this person but the one with this session key."""
    ended = UserSession.objects.filter(user=user)
    ended = ended.exclude(session_key=but) if but else ended
    Session.objects.filter(session_key__in=ended.values("session_key")).delete()
    ended.delete()


def keep_only_this_sign_in(request: HttpRequest, user: User) -> None:
    """After a change of the password, which gives the session another key."""
    update_session_auth_hash(request, user)
    note_open_sign_in(request, user)
    end_sign_ins(user, but=request.session.session_key)


def forget_ended_sign_ins(user: User | None = None) -> int:
    """The number of rows deleted."""
    rows = UserSession.objects.filter(user=user) if user else UserSession.objects.all()
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    return int(rows.filter(~Exists(session)).delete()[0])
