from django.contrib.auth.models import AbstractUser, User
from django.db import transaction

from community.models import SearchEntry
from community.search import line_of
from joip.display_names import display_name


@transaction.atomic
def change_display_name(*, user: AbstractUser, name: str) -> None:
    """Show this name at once, also in the feed, and find the person's shares by no other.

    Copies that others saved keep the name as of the save.
    """
    # Not of an account that is deleted meanwhile. Whoever shares holds the same row.
    if User.objects.filter(pk=user.pk, is_active=True).update(first_name=name):
        user.first_name = name
        shared = SearchEntry.objects.filter(edition__snapshot_of__owner=user)
        shared.update(creator=line_of(display_name(user)))
