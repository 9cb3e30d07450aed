"""Which new passwords are refused, and what a change of password ends."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from joip.accounts.open_sign_ins import end_sign_ins
from joip.errors import InvalidFields
from joip.users.models import User


def refuse_weak(password: str, *, user: User, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidFields({field: error.messages}) from None


def change_password(*, user: User, new_password: str) -> None:
    """Also ends every sign-in that was made with the old password; the view keeps its own."""
    refuse_weak(new_password, user=user, field="newPassword")
    store_password(user=user, password=new_password)


def store_password(*, user: User, password: str) -> None:
    user.set_password(password)
    # Not of an account that was deleted in the meantime.
    User.objects.filter(pk=user.pk, is_active=True).update(password=user.password)
    end_sign_ins(user)
