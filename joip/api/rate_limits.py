"""Limits on requests and on wrong passwords, by client address.

They are counted in windows of RATE_LIMIT_SECONDS, the same for all clients. The counts are in
Django's cache; while the cache fails, nothing is limited.
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
        self.retry_after = retry_after
        self.body = {
            "error": "Too Many Requests",
            "message": "Too many requests, please try again later",
            "retryAfter": retry_after,
        }


class RateLimitMiddleware:
    """Counts requests under /api/, and adds to each answer how many are left."""

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
            response["Retry-After"] = refused.retry_after
        else:
            response = self.get_response(request)
        if limit:
            response["X-RateLimit-Limit"] = limit
            response["X-RateLimit-Remaining"] = max(0, limit - asked)
            response["X-RateLimit-Reset"] = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}"
        return response


def try_password(request, check: Callable[[], Any]) -> Any:
    """Return what `check` returns; if that is false, count a failed login of this client.

    After RATE_LIMIT_FAILED_LOGINS failures, right passwords are refused like wrong ones (429).
    """
    limit = settings.RATE_LIMIT_FAILED_LOGINS
    if not limit:
        return check()
    refuse_from(limit, count(FAILED_LOGINS, request, more=0))
    found = check()
    failed = 0 if found else 1
    # Asked again, since other guesses may have failed in the meantime: guesses that are sent at
    # once must not learn more than guesses that are sent one after another.
    refuse_from(limit, count(FAILED_LOGINS, request, more=failed) - failed)
    return found


def refuse_from(limit: int, failures: int) -> None:
    if failures >= limit:
        raise TooManyRequests(retry_after=seconds_until(window_end()))


def count(what: str, request, more: int = 1) -> int:
    """Add `more` to the client's count in this window, and return it; 0 if the cache fails."""
    key = f"{what}:{window_end()}:{client_of(request)}"
    try:
        # Outlives the window, so that the key cannot expire between add() and incr().
        cache.add(key, 0, settings.RATE_LIMIT_SECONDS + 60)
        return cache.incr(key, more)
    except Exception as error:  # each cache raises its own kind
        logger.error("not counted, since the cache fails: %s", error)
        return 0


def client_of(request) -> str:
    """The client's address; of an IPv6 address its /64 network, since one client has all of it."""
    address = BaseThrottle().get_ident(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return quote(str(address))[:100]  # a proxy may write anything
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return f"{int(parsed) >> 64:x}"
    return str(parsed)


def window_end() -> int:
    seconds = settings.RATE_LIMIT_SECONDS
    return (int(time.time()) // seconds + 1) * seconds


def seconds_until(end: int) -> int:
    return max(1, math.ceil(end - time.time()))
