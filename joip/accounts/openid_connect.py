"""Signing in with an account of another server (`OIDC_...` in the settings)."""

from contextlib import suppress
from itertools import chain, count

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from joip.accounts.addresses import ask_to_confirm
from joip.accounts.mails import MailNotSent
from joip.accounts.registration import count_sign_up
from joip.errors import Refusal
from joip.users.display_names import check_display_name
from joip.users.models import User
from joip.users.normal_forms import check_username
from joip.visible_text import visible_text

MAX_NAME_LENGTH = 150
PROVIDER_ID = "oidc"


class OtherServerFails(Refusal):
    status = 503
    body = {
        "message": "The other server cannot be reached at the moment, please try again later",
        "code": "OTHER_SERVER_FAILS",
    }


class SignedUpMeanwhile(Refusal):
    status = 409
    body = {
        "message": "Your account has been made at this moment, please sign in again",
        "code": "SIGNED_UP_MEANWHILE",
    }


class OpenIDConnectAdapter(DefaultSocialAccountAdapter):
    def list_apps(self, request, provider=None, client_id=None):
        """The one of the settings; the table of them that allauth has stays empty."""
        if not settings.OIDC_NAME or provider not in (None, PROVIDER_ID, "openid_connect"):
            return []
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER_ID,
                name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={"server_url": settings.OIDC_SERVER_URL, "oauth_pkce_enabled": True},
            )
        ]

    def pre_social_login(self, request, sociallogin):
        """Keeps addresses from allauth, which would store them in its own table."""
        sociallogin.told_emails = sociallogin.email_addresses
        sociallogin.email_addresses = []

    def populate_user(self, request, sociallogin, data):
        sociallogin.told = data
        return sociallogin.user

    def save_user(self, request, sociallogin, form=None):
        count_sign_up(request)
        told = sociallogin.told
        names = [told.get("username"), (told.get("email") or "").partition("@")[0]]
        try:
            with transaction.atomic():
                person = new_person(names=names, display_name=told.get("name"))
                sociallogin.user = person
                sociallogin.save(request)
        except IntegrityError:  # they came twice at once
            raise SignedUpMeanwhile from None
        for address in sociallogin.told_emails[:1]:
            take_email(request, person, address.email, is_confirmed=address.verified)
        return person

    def get_connect_redirect_url(self, request, socialaccount):
        return reverse("account")


def new_person(*, names: list[str | None], display_name: str | None) -> User:
    """With the first of these user names that is possible and free; "person-2" if none is."""
    possible = [User.normalize_username(name) for name in names if name and is_username(name)]
    numbered = (f"{(possible or ['person'])[0][: MAX_NAME_LENGTH - 10]}-{n}" for n in count(2))
    for username in chain(possible, numbered):
        person = User(username=username, display_name=shown(display_name))
        person.set_unusable_password()
        try:
            with transaction.atomic():
                person.save()
        except IntegrityError:
            continue
        return person
    raise AssertionError("unreachable: the numbers do not end")


def is_username(name: str) -> bool:
    try:
        check_username(name)
    except ValidationError:
        return False
    return True


def shown(name: str | None) -> str:
    """The name, if people may have it as their display name."""
    try:
        name = visible_text(str(name or ""))[:MAX_NAME_LENGTH]
        check_display_name(name)
    except ValidationError:
        return ""
    return name


def take_email(request, person: User, email: str, *, is_confirmed: bool) -> None:
    """The other server says whose it is; if it is not sure, or somebody has it here, ask."""
    try:
        User._meta.get_field("email").run_validators(email)
    except ValidationError:
        return
    email = User.objects.normalize_email(email)
    row = User.objects.filter(pk=person.pk)
    row.update(email=email)
    if is_confirmed:
        with suppress(IntegrityError), transaction.atomic():
            row.update(email_confirmed_at=timezone.now())
            return
    with suppress(MailNotSent):
        ask_to_confirm(user=person, email=email, site=request.build_absolute_uri("/"))
