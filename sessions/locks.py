from joip.errors import Refusal
from sessions.models import Session


class SessionNotFound(Refusal):
    status = 404
    body = {"message": "Session not found"}


def lock_session(pk: int) -> Session:
    """The session as it is now, its row held until the caller's transaction ends.

    Whoever changes a session or its slides holds it first, the engine included:
    one order of locks, and no change lost. Raises SessionNotFound (404).
    """
    session = Session.objects.select_for_update().filter(pk=pk).first()
    if session is None:
        raise SessionNotFound
    return session
