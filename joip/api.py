"""How the API signs people in, reads bodies and answers errors: always in JSON."""

import logging
import re

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import OperationalError
from django.http import JsonResponse
from rest_framework import authentication, exceptions, negotiation, parsers
from rest_framework.response import Response

from joip.errors import InvalidFields, Refusal

logger = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LARGEST_ID = 2**63 - 1  # of a PostgreSQL bigint


class InvalidSessionId(Refusal):
    status = 400
    body = {"message": "Invalid session ID"}


class InvalidMediaId(Refusal):
    status = 400
    body = {"message": "Invalid media ID"}


def session_id(text: str, refusal: type[Refusal] = InvalidSessionId) -> int:
    """The id written in `text`: 1 to 2^63-1, in ASCII digits without a leading zero.

    Raises InvalidSessionId (400).
    """
    if re.fullmatch(r"[1-9][0-9]{0,18}", text) and int(text) <= LARGEST_ID:
        return int(text)
    raise refusal


def media_id(text: str) -> int:
    """Like `session_id`. Raises InvalidMediaId (400)."""
    return session_id(text, InvalidMediaId)


class Unauthorized(Refusal):
    status = 401
    body = {"message": "Unauthorized"}


class CrossOriginRequest(Refusal):
    status = 403
    body = {"message": "Cross-origin request refused"}


class BodyTooLarge(Refusal):
    status = 413
    body = {"message": "The request body is too large"}


class UnsupportedMediaType(Refusal):
    status = 415
    body = {"message": 'Unsupported media type "text/plain" in request.'}


class DatabaseBusy(Refusal):
    status = 503
    body = {"error": "The database is busy, please try again", "code": "DATABASE_BUSY"}


def refuse_cross_origin(request) -> None:
    """Let through what a browser sends from our own pages, and what no browser sends.

    The algorithm of Go 1.25's CrossOriginProtection: it needs no token, so the
    contract's curl works, and it relies on headers a page cannot forge.
    Raises CrossOriginRequest (403).
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
        raise CrossOriginRequest


class SessionAuthentication(authentication.SessionAuthentication):
    def enforce_csrf(self, request):
        refuse_cross_origin(request)

    def authenticate_header(self, request):
        return "Session"  # without one, DRF answers 403 to the signed-out


class ContentNegotiation(negotiation.DefaultContentNegotiation):
    def select_renderer(self, request, renderers, format_suffix=None):
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            return renderers[0], renderers[0].media_type  # JSON, whatever was hoped for


class JSONParser(parsers.JSONParser):
    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("JSON parse error - nested too deeply") from None


def answer_for_exception(exc, context):
    """The response for what a view raised; None leaves it to Django's 500."""
    # Here, since rest_framework.views imports this module while it is being imported.
    from rest_framework.views import exception_handler

    if isinstance(exc, OperationalError):
        logger.exception("database unavailable")
        exc = DatabaseBusy()
    if isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge()
    if isinstance(exc, TooManyFilesSent):
        exc = InvalidFields({"files": [f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} at most."]})
    if isinstance(exc, Refusal):
        return Response(exc.body, status=exc.status)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        exc.detail = Unauthorized.body["message"]
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        response.data = InvalidFields(response.data).body
    else:
        response.data = {"message": response.data["detail"]}
    return response


class JSONErrorsMiddleware:
    """An error page under /api/, whoever made it, goes out as JSON."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_json = response.get("Content-Type", "").startswith("application/json")
        if response.status_code < 400 or is_json or not request.path_info.startswith("/api/"):
            return response
        return JsonResponse({"message": response.reason_phrase}, status=response.status_code)
