"""A second factor: an authenticator app or passkeys, with recovery codes. allauth stores them."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from joip.accounts.attempts import add_attempt, key_of
from joip.accounts.guesses import try_code
from joip.errors import Refusal
from joip.users.models import User

CODES = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
CODE_SECONDS = 90  # a code of an app is valid for so long, with MFA_TOTP_TOLERANCE
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactorRequired(Refusal):
    """The password was right."""

    status = 403
    body = {
        "error": "This account has a second factor: its code, or a recovery code, is needed",
        "code": "SECOND_FACTOR_REQUIRED",
    }


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def require_second_factor(request: HttpRequest, *, user: User, code: str | None) -> None:
    """Refuse who has a second factor and sends no valid code of it."""
    if not has_second_factor(user):
        return
    if not code or not try_code(request, user=user, check=lambda: uses_code(user, code)):
        raise SecondFactorRequired


def uses_code(user: User, code: str) -> bool:
    """Whether it is valid now. It is not any more afterwards."""
    for factor in Authenticator.objects.filter(user=user, type__in=CODES).order_by("-type"):
        if factor.wrap().validate_code(code):
            factor.record_usage()
            return is_first_use(user, code)
    return False


def is_first_use(user: User, code: str) -> bool:
    """allauth notes used codes in the cache, which may belong to one process."""
    plain = "".join(filter(str.isalnum, code))
    used = add_attempt(key_of("used code", str(user.pk), plain), seconds=CODE_SECONDS)
    return used.attempts == 1


def remove_second_factors(*, user: User) -> int:
    """The number of what was removed, recovery codes included."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    return int(removed)
