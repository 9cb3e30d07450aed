from django.contrib.auth.models import AbstractUser, User

from joip.api import Unauthorized
from joip.errors import Refusal
from sessions.models import Session


class SessionNotFound(Refusal):
    status = 404
    body = {"message": "Session not found"}


def lock_person(user: AbstractUser) -> None:
    """Hold the row of a person who adds to their library, before any lock on a session.

    Raises Unauthorized (401) where the account was deleted since the request began:
    its library must stay empty.
    """
    # Not `FOR UPDATE`: that would wait for everybody who inserts a row of this person.
    people = User.objects.select_for_update(no_key=True)
    if not people.filter(pk=user.pk, is_active=True).exists():
        raise Unauthorized


def lock_session(pk: int) -> Session:
    """The session as it is now, its row held until the caller's transaction ends.

    Whoever changes a session or its slides holds it first, the engine included:
    one order of locks, and no change lost. Raises SessionNotFound (404).
    """
    session = Session.objects.select_for_update().filter(pk=pk).first()
    if session is None:
        raise SessionNotFound
    return session
