from django.contrib.auth.models import AbstractUser, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from joip.errors import InvalidFields


def refuse_weak(password: str, *, user: AbstractUser, field: str) -> None:
    """Raises InvalidFields (400), naming the field."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidFields({field: error.messages}) from None


def change_password(*, user: AbstractUser, new_password: str) -> None:
    """Every sign-in of the old password ends. Raises InvalidFields (400)."""
    refuse_weak(new_password, user=user, field="newPassword")
    user.set_password(new_password)
    # Not of an account that is deleted meanwhile.
    User.objects.filter(pk=user.pk, is_active=True).update(password=user.password)
