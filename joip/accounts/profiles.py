from typing import Any

from django.db import transaction

from community.models import SearchEntry
from joip.api_tokens.tokens import revoke_all_tokens
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
        find_shares_by_name_of(user)


@transaction.atomic
def edit_person(*, person: User, **fields: Any) -> None:
    """Write these fields alone; a deletion of the account at the same time is not undone."""
    if "email" in fields:
        fields |= {"email_confirmed_at": None, "new_email": ""}
    User.objects.filter(pk=person.pk).update(**fields)
    if fields.get("is_active") is False:
        revoke_all_tokens(user=person)  # or they would come back with the account
    if "display_name" in fields:
        find_shares_by_name_of(person)


def find_shares_by_name_of(person: User) -> None:
    shared = SearchEntry.objects.filter(snapshot__snapshot_of__owner=person)
    shared.update(creator=line_of(person.public_name))
