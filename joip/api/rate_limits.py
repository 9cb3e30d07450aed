"""Limits on requests, by client address.

They are counted in windows of RATE_LIMIT_SECONDS, the same for all clients. The counts are in
Django's cache; while the cache fails, nothing is limited. Wrong passwords are counted elsewhere:
see `joip.accounts.guesses`.
"""

import logging
import math
import time
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import cache
from django.http import JsonResponse

from joip.api.client_address import client_network
from joip.errors import Refusal

logger = logging.getLogger(__name__)

REQUESTS = "requests"


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


def count(what: str, request) -> int:
    """Add one to the client's count in this window, and return it; 0 if the cache fails."""
    key = f"{what}:{window_end()}:{client_network(request)}"
    try:
        # Outlives the window, so that the key cannot expire between add() and incr().
        cache.add(key, 0, settings.RATE_LIMIT_SECONDS + 60)
        return cache.incr(key)
    except Exception as error:  # each cache raises its own kind
        logger.error("not counted, since the cache fails: %s", error)
        return 0


def window_end() -> int:
    seconds = settings.RATE_LIMIT_SECONDS
    return (int(time.time()) // seconds + 1) * seconds


def seconds_until(end: int) -> int:
    return max(1, math.ceil(end - time.time()))
