"""Every error under /api/ is answered in JSON: refusals, DRF's exceptions, and error pages."""

import logging
import sys
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from joip.api.authentication import Unauthorized
from joip.api.bodies import BodyTooLarge
from joip.errors import InvalidFields, Refusal, cut

logger = logging.getLogger(__name__)


class DatabaseBusy(Refusal):
    """The database is down, or has been locked for long."""

    status = 503
    retry_after = 5
    body = {"error": "The database is busy, please try again", "code": "DATABASE_BUSY"}


def answer_for_exception(exc, context):
    """DRF's EXCEPTION_HANDLER. None leaves the exception to Django, which answers 500."""
    if isinstance(exc, OperationalError):
        log_in_a_line(context["request"], exc)
        exc = DatabaseBusy()
    if isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge()
    if isinstance(exc, TooManyFilesSent):
        exc = InvalidFields({"files": [f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} at most."]})
    if isinstance(exc, Refusal):
        headers = {"Retry-After": str(exc.retry_after)} if exc.retry_after else None
        return Response(exc.body, status=exc.status, headers=headers)
    response = exception_handler(exc, context)
    if response is None:
        return None
    if response.status_code == Unauthorized.status:
        response.data = Unauthorized.body
    elif isinstance(exc, exceptions.ValidationError):
        response.data = InvalidFields(response.data).body
    else:
        detail = response.data["detail"]
        response.data = {"message": cut(detail), "code": detail.code.upper()}
    return response


def server_error(request):
    """Django's handler500, which also answers what middleware raises: it reads people's sessions,
    for example.
    """
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError):
        return defaults.server_error(request)
    return database_busy(request, error)


def database_busy(request, error):
    log_in_a_line(request, error)
    if request.path_info.startswith("/api/"):
        response = JsonResponse(DatabaseBusy.body, status=DatabaseBusy.status)
    else:  # a page that needs no database
        response = HttpResponse(render_to_string("503.html"), status=DatabaseBusy.status)
    response["Retry-After"] = DatabaseBusy.retry_after
    response._has_been_logged = True  # or Django would log a traceback for each request
    return response


def log_in_a_line(request, error):
    message = " ".join(str(error).split())
    logger.error("database unavailable: %s %s: %s", request.method, request.path, message)


class JSONErrorsMiddleware:
    """Turns error pages under /api/, Django's own included, into JSON."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_json = response.get("Content-Type", "").startswith("application/json")
        if response.status_code < 400 or is_json or not request.path_info.startswith("/api/"):
            return response
        status = HTTPStatus(response.status_code)
        return JsonResponse({"message": response.reason_phrase, "code": status.name}, status=status)
