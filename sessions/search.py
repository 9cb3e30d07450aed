"""Search in a library, in the words that each row holds of its own texts."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from joip.users.models import User
from joip.words import pieces_of
from sessions.models import Session, SessionMedia, SessionQuerySet


def search_library(owner: User, *, search: str = "", **filters: Any) -> SessionQuerySet:
    sessions = Session.objects.owned_by(owner).filter(**filters)
    return with_words(sessions, search) if search else sessions


def with_words(sessions: SessionQuerySet, text: str) -> SessionQuerySet:
    """Those that have each word in the title, the original author's name or a caption."""
    pieces = pieces_of(text)
    if not pieces:
        return sessions.none()
    for piece in pieces:
        slides = SessionMedia.objects.filter(session=OuterRef("pk"), words__contains=piece)
        sessions = sessions.filter(Q(words__contains=piece) | Exists(slides))
    return sessions
