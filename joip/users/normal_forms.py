"""The one form in which user names and passwords are stored and compared (RFC 8265).

`User` applies both, so that the API, the admin, commands and libraries all do.
"""

from django.core.exceptions import ValidationError
from precis_i18n import get_profile

USERNAME = get_profile("UsernameCaseMapped")
PASSWORD = get_profile("OpaqueString")

MAX_USERNAME_LENGTH = 150
DELETED_PREFIX = "deleted-"  # begins the user name of a deleted account; nobody else may take one


def normal_username(text: str) -> str:
    """In lower case and one Unicode form. Text that cannot be a user name is returned unchanged:
    nobody is called so, and looking it up finds nobody.
    """
    try:
        return USERNAME.enforce(text)
    except UnicodeError:
        return text


def normal_password(text: str) -> str:
    """In one Unicode form. Text that cannot be a password is returned unchanged: Django hashes
    every guess, also for user names that do not exist, and must not fail.
    """
    try:
        return PASSWORD.enforce(text)
    except UnicodeError:
        return text


def check_username(text: str) -> None:
    """Whether a person may be called so, if nobody else is. Raises ValidationError."""
    try:
        normal = USERNAME.enforce(text)
    except UnicodeError:
        raise ValidationError(
            "Use letters, digits and punctuation, without spaces or invisible characters."
        ) from None
    if len(normal) > MAX_USERNAME_LENGTH:
        raise ValidationError(f"At most {MAX_USERNAME_LENGTH} characters.")
    if normal.startswith(DELETED_PREFIX):
        raise ValidationError("This user name is taken.")


class AllowedCharactersValidator:
    """One of AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: object = None) -> None:
        try:
            PASSWORD.enforce(password)
        except UnicodeError:
            raise ValidationError("Contains a character that no password may have.") from None

    def get_help_text(self) -> str:
        return "Your password cannot contain control characters."
