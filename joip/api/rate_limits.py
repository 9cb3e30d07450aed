"""Limits on requests: to the API, and to pages; by person, or by address for the signed-out.

They are counted in windows of RATE_LIMIT_SECONDS, the same for all clients. The counts are in
Django's cache; while the cache fails, nothing is limited. Wrong passwords and sign-ups are counted
elsewhere, in the database: see `joip.accounts.guesses` and `joip.accounts.registration`.
"""

import logging
import math
import time
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.http import JsonResponse
from django.shortcuts import render

from joip.api.authentication import bearer_secret
from joip.api.client_address import client_network
from joip.api.error_responses import database_busy
from joip.api.security_log import record
from joip.errors import Refusal

logger = logging.getLogger(__name__)

NOT_COUNTED = ("/media/", "/static/")


class TooManyRequests(Refusal):
    status = 429

    def __init__(self, *, retry_after: int):
        self.retry_after = retry_after
        self.body = {
            "error": "Too Many Requests",
            "message": "Too many requests, please try again later",
            "retryAfter": retry_after,
        }

    @property
    def wait(self) -> str:
        """In words."""
        seconds = self.body["retryAfter"]
        return f"{seconds} seconds" if seconds < 60 else f"{math.ceil(seconds / 60)} minutes"


class RateLimitHeadersMiddleware:
    """Adds to each answer of the API how many requests are left.

    Outside JSONErrorsMiddleware, which makes a new response; the counting is inside, where it is
    known who has signed in.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in getattr(request, "rate_limit_headers", {}).items():
            response[name] = value
        return response


class RateLimitMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith("/api/"):
            return self.limited_request(request)
        if request.path_info.startswith(NOT_COUNTED):
            return self.get_response(request)
        return self.limited_page(request)

    def limited_request(self, request):
        try:
            person = person_of(request)
        except OperationalError as error:
            return database_busy(request, error)
        limit = settings.RATE_LIMIT_MEMBER_REQUESTS if person else settings.RATE_LIMIT_REQUESTS
        if not limit:
            return self.get_response(request)
        end = window_end()
        asked = count("requests", request, person, end)
        request.rate_limit_headers = {
            "X-RateLimit-Limit": limit,
            "X-RateLimit-Remaining": max(0, limit - asked),
            "X-RateLimit-Reset": f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        if asked <= limit:
            return self.get_response(request)
        record_first(asked, limit, request, person)
        refused = TooManyRequests(retry_after=seconds_until(end))
        headers = {"Retry-After": str(refused.retry_after)}
        return JsonResponse(refused.body, status=refused.status, headers=headers)

    def limited_page(self, request):
        limit, end = settings.RATE_LIMIT_PAGES, window_end()
        person = person_of(request) if limit else None
        asked = count("pages", request, person, end) if limit else 0
        if asked <= limit:
            return self.get_response(request)
        record_first(asked, limit, request, person)
        seconds = seconds_until(end)
        response = render(request, "429.html", {"minutes": math.ceil(seconds / 60)}, status=429)
        response["Retry-After"] = seconds
        return response


def person_of(request) -> int | None:
    """The id of the person who has signed in. Takes no statement that the view does not need: the
    views ask for `request.user` too, and without a cookie or token nothing is looked
    up.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES or bearer_secret(request) is not None:
        return request.user.pk
    return None


def record_first(asked: int, limit: int, request, person: int | None) -> None:
    """One line for a window, or a flood of requests would be one of lines."""
    if asked == limit + 1:
        record("throttled", request, person=person)


def count(what: str, request, person: int | None, end: int) -> int:
    """Add one to the client's count in the window that ends then, and return it; 0 if the cache
    fails.
    """
    client = f"person-{person}" if person else client_network(request)
    key = f"{what}:{end}:{client}"
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
