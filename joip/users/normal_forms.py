"""The one form in which user names and passwords are stored and compared (RFC 8265).

`User` applies both, so that the API, the admin, commands and libraries all do.
"""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from precis_i18n import get_profile
from precis_i18n.profile import Profile

USERNAME = get_profile("UsernameCaseMapped")
PASSWORD = get_profile("OpaqueString")

MAX_USERNAME_LENGTH = 150
MAX_PASSWORD_LENGTH = 128
DELETED_PREFIX = "deleted-"  # begins the user name of a deleted account; nobody else may take one


def normal_username(text: str) -> str:
    """In lower case and one Unicode form. Text that cannot be a user name is returned unchanged,
    so that looking it up finds nobody.
    """
    return allowed_form(USERNAME, text, MAX_USERNAME_LENGTH) or text


def normal_password(text: str) -> str:
    """In one Unicode form. Text that cannot be a password is returned unchanged: Django hashes
    every guess, also for user names that do not exist, and must not fail.
    """
    return allowed_form(PASSWORD, text, MAX_PASSWORD_LENGTH) or text


def allowed_form(profile: Profile, text: str | None, max_length: int) -> str | None:
    # The length first: the profiles take time in proportion to its square for some scripts.
    if text is None or len(text) > max_length:
        return None
    try:
        form: str = profile.enforce(text)
    except ValueError:
        return None
    return form if len(form) <= max_length else None


def check_username(text: str) -> None:
    """Whether a person may be called so, if nobody else is. Raises ValidationError."""
    form = allowed_form(USERNAME, text, MAX_USERNAME_LENGTH)
    if form is None:
        raise ValidationError(
            f"Use up to {MAX_USERNAME_LENGTH} letters, digits and punctuation characters, without "
            "spaces or invisible characters."
        )
    if form.startswith(DELETED_PREFIX):
        raise ValidationError("This user name is taken.")


class AllowedPasswordValidator:
    """One of AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: object = None) -> None:
        if allowed_form(PASSWORD, password, MAX_PASSWORD_LENGTH) is None:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return (
            f"Your password can have up to {MAX_PASSWORD_LENGTH} characters, and no control "
            "characters."
        )


class NormalLengthValidator(MinimumLengthValidator):
    """Measures the form that is stored, which may be shorter than what was typed."""

    def validate(self, password: str, user: object = None) -> None:
        super().validate(normal_password(password), None)
