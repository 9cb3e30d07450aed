"""Request bodies that are sent in chunks, without a Content-Length: Django takes them for empty.

Their length is known only when they have ended. A form with files may be long: it is read as it
comes, and the limits on files and fields count what has arrived, as they always do. Any other body
is read here, up to Django's limit for it.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.core.exceptions import BadRequest

from joip.errors import Refusal


class LengthRequired(Refusal):
    status = 411
    body = {
        "message": "A Content-Length is required: this server cannot read chunked bodies",
        "code": "LENGTH_REQUIRED",
    }


class BrokenChunks(Refusal):
    status = 400
    body = {
        "message": "The chunks of the request body are broken or incomplete",
        "code": "BROKEN_CHUNKS",
    }


class ChunkedBodies:
    """WSGI middleware that gives chunked bodies a CONTENT_LENGTH, so that Django reads them."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        if "HTTP_TRANSFER_ENCODING" not in environ or environ.get("CONTENT_LENGTH"):
            return self.application(environ, start_response)
        if not environ.get("wsgi.input_terminated"):
            # The server does not mark where the body ends, so reading on would wait for ever.
            return refused(LengthRequired, start_response)
        body = ChunkedBody(environ["wsgi.input"])
        if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/"):
            environ |= {"CONTENT_LENGTH": str(sys.maxsize), "wsgi.input": body}
        else:
            try:  # one byte above the limit tells Django that it is exceeded
                start = body.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            except BadRequest:
                return refused(BrokenChunks, start_response)
            environ |= {"CONTENT_LENGTH": str(len(start)), "wsgi.input": BytesIO(start)}
        return self.application(environ, start_response)


def refused(refusal: type[Refusal], start_response) -> list[bytes]:
    """In JSON on every path, since no page of ours sends chunked bodies."""
    body = json.dumps(refusal.body).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
    return [body]


class ChunkedBody:
    """The server's stream, whose errors become one that Django answers with 400."""

    def __init__(self, stream):
        self.stream = stream

    def read(self, size: int = -1) -> bytes:
        with broken_chunks():
            return self.stream.read(size)

    def readline(self, size: int = -1) -> bytes:
        with broken_chunks():
            return self.stream.readline(size)


@contextmanager
def broken_chunks() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # gunicorn's own errors, a client that went away included
        raise BadRequest(BrokenChunks.body["message"]) from error
