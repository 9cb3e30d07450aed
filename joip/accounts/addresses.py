"""E-mail addresses: `email` of a person counts once it is confirmed, by the link in a mail.

A constraint gives each confirmed address one owner. Nobody is told whether an address is taken,
except by a mail to that address.
"""

from urllib.parse import urljoin

from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from joip.accounts.mails import send_mail
from joip.errors import Refusal
from joip.users.models import User

LINK_SECONDS = 3 * 24 * 3600
SALT = "joip.accounts.addresses"


class LinkNotValid(Refusal):
    status = 400
    body = {"message": "This link is not valid, or not any more", "code": "LINK_NOT_VALID"}


class AddressTaken(Refusal):
    """Told to who has shown that they read this address's mails."""

    status = 409
    body = {"message": "Another account has confirmed this address", "code": "EMAIL_TAKEN"}


def change_email(*, user: User, email: str, site: str) -> None:
    """Ask for a confirmation of this address; until then a confirmed one stays.

    `site` is the address of our home page, for links.
    """
    email = User.objects.normalize_email(email)
    person = User.objects.filter(pk=user.pk, is_active=True)
    confirmed = person.exclude(email_confirmed_at=None)
    if confirmed.filter(email=email).update(new_email=""):
        return
    if not confirmed.update(new_email=email):
        person.filter(email_confirmed_at=None).update(email=email)
    ask_to_confirm(user=user, email=email, site=site)


def ask_to_confirm(*, user: User, email: str, site: str) -> None:
    if holder := User.objects.holding(email):
        send_mail(to=email, template="address_taken", name=holder.username, site=site)
        return
    link = urljoin(site, reverse("confirm_email", args=[signed(user, email)]))
    send_mail(to=email, template="confirm_address", person=user.public_name, link=link, site=site)


def remove_email(*, user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="", email_confirmed_at=None, new_email="")


def signed(user: User, email: str) -> str:
    return signing.dumps([user.pk, email], salt=SALT)


def read_link(key: str) -> tuple[int, str]:
    """Whose link it is, and which address it confirms."""
    try:
        pk, email = signing.loads(key, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise LinkNotValid from None
    return pk, email


def confirm_email(*, key: str) -> None:
    pk, email = read_link(key)
    person = User.objects.filter(pk=pk, is_active=True)
    former = person.filter(email_confirmed_at__isnull=False).values_list("email", flat=True).first()
    now = timezone.now()
    try:
        with transaction.atomic():
            changed = person.filter(new_email=email).exclude(email_confirmed_at=None).update(
                email=email, new_email="", email_confirmed_at=now
            ) or person.filter(email=email, email_confirmed_at=None).update(email_confirmed_at=now)
    except IntegrityError:
        raise AddressTaken from None
    if not changed and former != email:
        raise LinkNotValid
    if changed and former:
        send_mail(to=former, template="address_changed", new=email)
