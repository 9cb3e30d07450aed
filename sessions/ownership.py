"""Finding what the API's ids name, as far as a person may know of it."""

from joip.api.ids import InvalidSessionId
from joip.errors import Refusal
from joip.users.models import User
from sessions.models import Session, SessionMedia


class SessionNotFound(Refusal):
    status = 404
    body = {"message": "Session not found", "code": "SESSION_NOT_FOUND"}


class MediaNotFound(Refusal):
    status = 404
    body = {"message": "Media not found", "code": "MEDIA_NOT_FOUND"}


# What endpoints refuse that take the id of a session.
ONE_SESSION: list[type[Refusal]] = [InvalidSessionId, SessionNotFound]


def own_session(user: User, session_id: int) -> Session:
    """Another person's session is not found, public or not."""
    session = Session.objects.owned_by(user).filter(pk=session_id).first()
    if session is None:
        raise SessionNotFound
    return session


def own_slide(user: User, session_id: int, media_id: int) -> SessionMedia:
    slide = own_session(user, session_id).media.filter(pk=media_id).first()
    if slide is None:
        raise MediaNotFound
    return slide
