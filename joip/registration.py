from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError

from joip.account_deletion import DELETED
from joip.errors import InvalidFields, Refusal
from joip.passwords import refuse_weak


class RegistrationClosed(Refusal):
    status = 403
    body = {"error": "Registration is closed", "code": "REGISTRATION_CLOSED"}


class UsernameTaken(InvalidFields):
    def __init__(self):
        super().__init__({"username": ["This user name is taken."]})


def refuse_when_closed() -> None:
    """Raises RegistrationClosed (403)."""
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed


def register(*, username: str, password: str, email: str = "", display_name: str = "") -> User:
    """A new person. Raises InvalidFields (400): UsernameTaken, or a weak password."""
    if is_taken(username):
        raise UsernameTaken
    user = User(
        username=username, email=User.objects.normalize_email(email), first_name=display_name
    )
    refuse_weak(password, user=user, field="password")
    user.set_password(password)
    try:
        user.save()
    except IntegrityError:  # somebody else was quicker
        raise UsernameTaken from None
    return user


def is_taken(username: str) -> bool:
    reserved = username.lower().startswith(DELETED)
    return reserved or User.objects.filter(username__iexact=username).exists()
