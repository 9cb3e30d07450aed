"""Row locks, held until the caller's transaction ends.

Their order, which all code keeps: a person, sessions by id, reports by id, the credit account,
shares by id, a decision. (Sessions before reports, since deleting a session deletes its reports.)
"""

from joip.api.authentication import Unauthorized
from joip.users.models import User
from sessions.models import Session
from sessions.ownership import SessionNotFound


def lock_person(user: User) -> None:
    """For whatever adds to the person's library. Refuses (401) an account that was deleted since
    the request began: its library must stay empty.
    """
    # Not `FOR UPDATE`: that would wait for every insert of a row that refers to this person.
    people = User.objects.select_for_update(no_key=True)
    if not people.filter(pk=user.pk, is_active=True).exists():
        raise Unauthorized


def lock_session(pk: int) -> Session:
    """The session as it is now. Whatever changes a session or its slides locks it first."""
    session = Session.objects.select_for_update().filter(pk=pk).first()
    if session is None:
        raise SessionNotFound
    return session
