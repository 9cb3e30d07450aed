"""How much one client may ask, and how often it may be wrong about a password.

Counted in windows of RATE_LIMIT_SECONDS, which begin and end for everybody at
once. The counts are in Django's cache; while it fails, nobody is held back.
"""

import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.http import JsonResponse
from rest_framework.throttling import BaseThrottle

from joip.errors import Refusal

logger = logging.getLogger(__name__)

REQUESTS = "requests"
FAILED_LOGINS = "failed-logins"


class TooManyRequests(Refusal):
    status = 429

    def __init__(self, *, retry_after: int):
        self.body = {
            "error": "Too Many Requests",
            "message": "Too many requests, please try again later",
            "retryAfter": retry_after,
        }


class RateLimitMiddleware:
    """Counts every request under /api/, and tells the client on the answer what is left."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        end, limit = window_end(), settings.RATE_LIMIT_REQUESTS
        asked = count(REQUESTS, request) if limit else 0
        if asked > limit:
            refused = TooManyRequests(retry_after=seconds_until(end))
            response = JsonResponse(refused.body, status=refused.status)
        else:
            response = self.get_response(request)
        if limit:
            response["X-RateLimit-Limit"] = limit
            response["X-RateLimit-Remaining"] = max(0, limit - asked)
            response["X-RateLimit-Reset"] = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}"
        if response.status_code == TooManyRequests.status:
            response["Retry-After"] = seconds_until(end)
        return response


def try_password(request, check: Callable[[], Any]) -> Any:
    """What `check` returned; if that is false, it counts as a failed login of this client.

    Raises TooManyRequests (429) after RATE_LIMIT_FAILED_LOGINS, be the password right or wrong.
    """
    limit = settings.RATE_LIMIT_FAILED_LOGINS
    if not limit:
        return check()
    refuse_from(limit, count(FAILED_LOGINS, request, more=0))
    found = check()
    failed = 0 if found else 1
    # Asked again, since others may have failed meanwhile: guesses sent at once are
    # told no more than guesses sent in turn.
    refuse_from(limit, count(FAILED_LOGINS, request, more=failed) - failed)
    return found


def refuse_from(limit: int, failures: int) -> None:
    if failures >= limit:
        raise TooManyRequests(retry_after=seconds_until(window_end()))


def count(what: str, request, more: int = 1) -> int:
    """How often the client did it in this window, with `more` times more; 0 if the cache fails."""
    key = f"{what}:{window_end()}:{client_of(request)}"
    try:
        # Kept a little longer than needed, lest it go between the two statements.
        cache.add(key, 0, settings.RATE_LIMIT_SECONDS + 60)
        return cache.incr(key, more)
    except Exception as error:  # each cache has its own
        logger.error("not counted, since the cache fails: %s", error)
        return 0


def client_of(request) -> str:
    """The client's address; where it is IPv6 the network, for a client has all of one."""
    address = BaseThrottle().get_ident(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return quote(str(address))[:100]  # whatever a proxy wrote
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return f"{int(parsed) >> 64:x}"
    return str(parsed)


def window_end() -> int:
    """When the present window ends, in seconds since 1970."""
    seconds = settings.RATE_LIMIT_SECONDS
    return (int(time.time()) // seconds + 1) * seconds


def seconds_until(end: int) -> int:
    return max(1, math.ceil(end - time.time()))
