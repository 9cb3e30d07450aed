from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractUser, User
from django.db import transaction

from community.moderation import forget_words_of
from sessions.deletion import delete_session
from sessions.models import Session

DELETED = "deleted-"  # begins the user name of a deleted account; nobody else may take one


@transaction.atomic
def delete_account(*, user: AbstractUser) -> None:
    """Empty and deactivate the person for good, and delete their library.

    Their row stays, for the ledger points at it; copies that others saved live on, and what
    they reported stays reported, without their words.
    """
    # In the order of all who take locks: the person, then sessions, then the account. So all
    # sessions are held before the first refund; a copy that fails meanwhile would deadlock.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    sessions = list(Session.objects.owned_by(user).select_for_update().order_by("pk"))
    forget_words_of(user)
    for session in sessions:
        delete_session(session=session)
    user.groups.clear()
    user.user_permissions.clear()
    # Last: a new user name waits for all who are inserting rows of this person.
    User.objects.filter(pk=user.pk).update(
        username=f"{DELETED}{user.pk}",
        first_name="",
        last_name="",
        email="",
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        last_login=None,
    )
