"""What a new installation needs, and what it still lacks."""

from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from credits.models import FeaturePricing
from credits.pricing import SESSION_CREATE
from joip.accounts.registration import register
from joip.users.models import User


class Missing(NamedTuple):
    sentence: str
    address: str = ""  # of the page where it is mended, by the name of its route


def missing_parts() -> list[Missing]:
    parts = []
    if not FeaturePricing.objects.filter(feature_key=SESSION_CREATE, is_active=True).exists():
        parts.append(
            Missing(
                "Nobody can save or make a slideshow: session_create has no active price.",
                "admin:credits_featurepricing_changelist",
            )
        )
    if not User.objects.filter(is_superuser=True, is_active=True).exists():
        parts.append(Missing("Nobody can administer this: run manage.py createsuperuser."))
    if settings.MAIL_IS_LOGGED:
        parts.append(Missing("Mails go to the log: EMAIL_URL is not set."))
    if settings.DEBUG:
        parts.append(Missing("DEBUG is on: strangers must not reach this server."))
    return parts


@transaction.atomic
def make_first_member_of_staff(*, username: str, password: str) -> User:
    """Raises InvalidFields."""
    person = register(username=username, password=password)
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    return person
