from django.contrib.auth.models import AbstractUser, User
from django.db import transaction

from community.search import rename_creator


@transaction.atomic
def change_display_name(*, user: AbstractUser, name: str) -> None:
    """Show this name at once, also in the feed, and find the person's shares by it.

    Copies that others saved keep the name as of the save.
    """
    # Not of an account that is deleted meanwhile.
    if User.objects.filter(pk=user.pk, is_active=True).update(first_name=name):
        user.first_name = name
        rename_creator(user=user)
