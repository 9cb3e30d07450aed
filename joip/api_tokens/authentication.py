"""Who asks with `Authorization: Bearer`. No cookie is read then, so other sites can do nothing with
it, and no origin is asked for.
"""

from functools import partial

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject
from rest_framework import authentication, exceptions

from joip.api.authentication import (
    SAFE_METHODS,
    ReadOnlyToken,
    SignInRequired,
    bearer_secret,
    is_about_the_account,
)
from joip.api.security_log import record
from joip.api_tokens.models import ApiToken
from joip.api_tokens.tokens import find_token, note_use
from joip.users.models import User


def people_by_token(get_response):
    """Middleware, after the one that finds people by cookie: the API's rate limits count the person
    too. Pages and the admin know no tokens.
    """

    def middleware(request):
        secret = bearer_secret(request)
        if secret is not None and request.path_info.startswith("/api/"):
            request.api_token = None
            request.user = SimpleLazyObject(partial(person_by_token, request, secret))
        return get_response(request)

    return middleware


def person_by_token(request, secret: str) -> User | AnonymousUser:
    token = find_token(secret)
    if token is None:
        record("wrong-token", request)
        return AnonymousUser()
    note_use(token)
    request.api_token = token
    # What only staff may do needs a sign-in, which lasts a day. The row is not saved.
    token.user.is_staff = token.user.is_superuser = False
    return token.user


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request) -> tuple[User, ApiToken] | None:
        if bearer_secret(request) is None:
            return None
        person = request._request.user
        if not person.is_authenticated:  # looks the token up
            raise exceptions.AuthenticationFailed
        token = request._request.api_token
        if request.method not in SAFE_METHODS:
            if is_about_the_account(request.path_info):
                raise SignInRequired
            if token.scope != ApiToken.Scope.WRITE:
                raise ReadOnlyToken
        return person, token

    def authenticate_header(self, request) -> str:
        return "Bearer"
