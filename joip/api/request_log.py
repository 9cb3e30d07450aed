"""The log `joip.access`: one line a request; and the id of the request on every other line.

Paths stand there without what opens something by itself: signatures and other parameters, and the
codes of share links and mails.
"""

import logging
import re
import time
import uuid

from django.conf import settings
from django.http import HttpRequest
from structlog.contextvars import bound_contextvars

logger = logging.getLogger("joip.access")

WELL_FORMED = re.compile(r"[\w.-]{1,64}", re.ASCII)
SHOWN = {"bucket", "key", "pk", "path", "slug"}  # arguments of routes that are no secret


class RequestLog:
    """Middleware before all others but the probes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.monotonic()
        request_id = id_of(request)
        with bound_contextvars(request=request_id):
            response = self.get_response(request)
            if settings.ACCESS_LOG:
                write(request, response.status_code, time.monotonic() - began)
        response["X-Request-Id"] = request_id
        return response


def id_of(request: HttpRequest) -> str:
    """That of our own proxy, or a new one."""
    given = request.headers.get("X-Request-Id", "")
    if settings.TRUSTED_PROXIES and WELL_FORMED.fullmatch(given):
        return given
    return uuid.uuid4().hex


def write(request: HttpRequest, status: int, seconds: float) -> None:
    path = shown_path(request)
    fields = {
        "method": request.method,
        "path": path,
        "status": status,
        "seconds": round(seconds, 4),
        "person": person_of(request),
    }
    logger.info("%s %s %s %.3fs", request.method, path, status, seconds, extra=fields)


def person_of(request: HttpRequest) -> int | None:
    """The id of whom the view has looked up: the log costs no statement."""
    user = getattr(request, "user", None)
    return getattr(getattr(user, "_wrapped", user), "pk", None)


def shown_path(request: HttpRequest) -> str:
    path = request.path_info
    match = request.resolver_match
    if match is None:  # no address of ours, so nothing that opens something
        return printable(path)
    for name, value in match.kwargs.items():
        if name not in SHOWN and not str(value).isdecimal():
            path = path.replace(str(value), "*")
    return printable(path)


def printable(path: str) -> str:
    """In one line, and no longer than a line should be."""
    return "".join(each if each.isprintable() else "?" for each in path)[:300]
