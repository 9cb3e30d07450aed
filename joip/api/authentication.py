"""Who asks: the `session` cookie, and protection against other sites that would use it; or a token,
see `joip.api_tokens`.
"""

from django.conf import settings
from django.views import csrf
from rest_framework import authentication

from joip.api.security_log import record
from joip.errors import Refusal

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class Unauthorized(Refusal):
    status = 401
    body = {"message": "Unauthorized"}


class CrossOriginRequest(Refusal):
    status = 403
    body = {"message": "Cross-origin request refused", "code": "CROSS_ORIGIN"}


class ReadOnlyToken(Refusal):
    status = 403
    body = {"message": "This token may only read", "code": "READ_ONLY_TOKEN"}


class SignInRequired(Refusal):
    status = 403
    body = {"message": "This needs a sign-in: a token is not enough", "code": "SIGN_IN_REQUIRED"}


def bearer_secret(request) -> str | None:
    """What `Authorization: Bearer` carries. Other schemes are for proxies, and none of ours."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def is_about_the_account(path: str) -> bool:
    """What changes something there is done signed in, never with a token."""
    return path.startswith("/api/auth/")


def refuse_cross_origin(request, *, person: int | None = None) -> None:
    """Refuse requests that a browser sends from pages of other sites.

    The algorithm of Go 1.25's CrossOriginProtection: it needs no token, so the contract's curl
    works, and it relies on headers that a page cannot forge.
    """
    origin = request.META.get("HTTP_ORIGIN")
    if request.method in SAFE_METHODS or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is None:
        ours = origin is None or origin == f"{request.scheme}://{request.get_host()}"
    else:
        ours = site in ("same-origin", "none")
    if not ours:
        record("refused-origin", request, person=person)
        raise CrossOriginRequest


def csrf_failure(request, reason=""):
    """CSRF_FAILURE_VIEW, for the admin and pages, which have Django's token."""
    record("refused-origin", request, person=request.user.pk)
    return csrf.csrf_failure(request, reason)


class SessionAuthentication(authentication.SessionAuthentication):
    def authenticate(self, request):
        # Not the person that a middleware has found by a token.
        return None if bearer_secret(request) is not None else super().authenticate(request)

    def enforce_csrf(self, request):
        refuse_cross_origin(request, person=request._request.user.pk)

    def authenticate_header(self, request):
        return "Session"  # without one, DRF answers 403 to the signed-out
