from django.db import transaction

from community.models import SearchEntry
from joip.users.models import User
from joip.words import line_of


@transaction.atomic
def change_display_name(*, user: User, name: str) -> None:
    """Show this name at once, also in the feed, whose search finds the person by no other.

    Copies that others saved keep the name as of the save.
    """
    # Not of an account that was deleted in the meantime. Sharing locks the same row, so a new
    # search entry cannot come with the former name.
    if User.objects.filter(pk=user.pk, is_active=True).update(display_name=name):
        user.display_name = name
        shared = SearchEntry.objects.filter(snapshot__snapshot_of__owner=user)
        shared.update(creator=line_of(user.public_name))
