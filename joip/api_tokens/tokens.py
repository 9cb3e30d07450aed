"""Making, finding and revoking tokens. Only the SHA-256 of a secret is stored: the secret has 256
random bits, so a slow hash, as passwords need, would add nothing.
"""

import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from joip.api_tokens.models import ApiToken
from joip.errors import Refusal
from joip.users.models import User
from sessions.locks import lock_person

PREFIX = "joip_"  # by which people and scanners of leaked secrets recognize one
SECRET = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
MAX_TOKENS = 20
USE_IS_NOTED_AFTER = timedelta(minutes=1)


class TooManyTokens(Refusal):
    status = 409
    body = {"error": f"You have {MAX_TOKENS} tokens: revoke one first", "code": "TOO_MANY_TOKENS"}


@transaction.atomic
def make_token(
    *, user: User, name: str, scope: str, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token, and its secret, which nobody can find out again."""
    lock_person(user)
    if user.api_tokens.count() >= MAX_TOKENS:
        raise TooManyTokens
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, scope=scope, expires_at=expires_at, secret_hash=hash_of(secret)
    )
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).delete()


def revoke_all_tokens(*, user: User) -> None:
    ApiToken.objects.filter(user=user).delete()


def find_token(secret: str) -> ApiToken | None:
    """The valid token with this secret, with its person."""
    if not SECRET.fullmatch(secret):
        return None
    tokens = ApiToken.objects.valid().select_related("user")
    return tokens.filter(secret_hash=hash_of(secret)).first()


def note_use(token: ApiToken) -> None:
    """At most once a minute: not a write for each request."""
    now = timezone.now()
    before = now - USE_IS_NOTED_AFTER
    if token.last_used_at is None or token.last_used_at < before:
        rows = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=before))
        rows.filter(pk=token.pk).update(last_used_at=now)


def forget_expired_tokens() -> int:
    """The number of rows deleted."""
    return ApiToken.objects.long_expired().delete()[0]


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
