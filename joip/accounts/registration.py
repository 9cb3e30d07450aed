"""Signing up: who may, how often from one address, and what is refused."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from joip.accounts.addresses import ask_to_confirm
from joip.accounts.attempts import count_to, key_of
from joip.accounts.mails import MailNotSent
from joip.accounts.passwords import refuse_weak
from joip.api.client_address import client_network
from joip.errors import InvalidFields, Refusal
from joip.users.models import User

SIGNUP_WINDOW_SECONDS = 3600


class RegistrationClosed(Refusal):
    status = 403
    body = {"error": "Registration is closed", "code": "REGISTRATION_CLOSED"}


class UsernameTaken(InvalidFields):
    def __init__(self) -> None:
        super().__init__({"username": ["This user name is taken."]})


def refuse_when_closed() -> None:
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed


def count_sign_up(request: HttpRequest) -> None:
    """Refuse more than RATE_LIMIT_SIGNUPS in an hour. One that fails counts too, since it may tell
    that a user name is taken.
    """
    if limit := settings.RATE_LIMIT_SIGNUPS:
        client = key_of("sign-up", client_network(request))
        count_to(limit, request, key=client, seconds=SIGNUP_WINDOW_SECONDS)


def register(*, username: str, password: str, email: str = "", display_name: str = "") -> User:
    user = User(
        username=User.normalize_username(username),
        email=User.objects.normalize_email(email),
        display_name=display_name,
    )
    refuse_weak(password, user=user, field="password")
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # only the user name is unique: no address is confirmed yet
        raise UsernameTaken from None
    return user


def confirm_after_sign_up(request: HttpRequest, user: User) -> bool:
    """Whether the mail was sent. The account is there without it, and they can ask again."""
    if not user.email:
        return True
    try:
        ask_to_confirm(user=user, email=user.email, site=request.build_absolute_uri("/"))
    except MailNotSent:
        return False
    return True
