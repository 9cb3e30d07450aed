"""Deletion of an account, with all that belongs to it."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction

from community.moderation import erase_texts_of_reports_by
from joip.accounts.open_sign_ins import end_sign_ins
from joip.accounts.second_factors import remove_second_factors
from joip.api_tokens.tokens import revoke_all_tokens
from joip.users.models import User
from joip.users.normal_forms import DELETED_PREFIX
from sessions.deletion import delete_locked_sessions
from sessions.models import Session


@transaction.atomic
def delete_account(*, user: User) -> None:
    """Empty and deactivate the person's row for good, and delete their library.

    The row stays, since the ledger points at it. Copies that others saved live on, and what the
    person reported stays reported, without its text.
    """
    # All sessions are locked before the first refund locks the credit account: a copy that fails
    # at the same moment locks its session first, and would deadlock.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    sessions = list(Session.objects.owned_by(user).select_for_update().order_by("pk"))
    erase_texts_of_reports_by(user)
    delete_locked_sessions(sessions)
    end_sign_ins(user)
    remove_second_factors(user=user)
    SocialAccount.objects.filter(user=user).delete()
    revoke_all_tokens(user=user)
    user.groups.clear()
    user.user_permissions.clear()
    # Last: a change of the user name waits for every insert of a row that refers to this person.
    User.objects.filter(pk=user.pk).update(
        username=f"{DELETED_PREFIX}{user.pk}",
        display_name="",
        email="",
        email_confirmed_at=None,
        new_email="",
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        last_login=None,
    )
