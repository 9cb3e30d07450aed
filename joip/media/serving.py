"""Serves media from the folders in DATA_DIR, where no S3 store is configured."""

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import NotARegularFileError, Response, SlicedFile, StaticFile

from joip.media.content_types import CONTENT_TYPES
from joip.media.local_bucket import LocalBucket


@csrf_exempt  # it changes nothing; so a POST is 405, not 403
def serve(request: HttpRequest, bucket: str, key: str) -> HttpResponseBase:
    """The object, or the range of it that is asked for, as players do with videos.

    404 if it is missing, or if the address is not signed, wrong or expired.
    """
    storage = storages[bucket]
    if not isinstance(storage, LocalBucket):
        raise Http404
    if not storage.lets_read(key, request.GET.get("signature", "")):
        raise Http404
    try:
        file = StoredFile(storage.path(key), headers_of(storage, key))
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(file, request)
    except (NotARegularFileError, OSError, ValueError) as error:  # or not a valid file name
        raise Http404 from error
    return response


def headers_of(storage: LocalBucket, key: str) -> list[tuple[str, str]]:
    content_type = CONTENT_TYPES.get(PurePosixPath(key).suffix.lower())
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Type": content_type or "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
    }
    if content_type is None:  # a browser must not show or run it as a page
        headers |= {"Content-Disposition": "attachment", "Content-Security-Policy": "sandbox"}
    if storage.signed:
        headers["Cache-Control"] = f"private, max-age={settings.MEDIA_URL_SECONDS}"
    return list(headers.items())


class StoredFile(StaticFile):  # type: ignore[misc]  # whitenoise is untyped
    def get_range_response(
        self,
        range_header: str,
        base_headers: list[tuple[str, str]],
        file_handle: BinaryIO | None,
    ) -> Any:
        """Like whitenoise's, which takes a range of one byte for an empty one."""
        headers = dict(base_headers)
        size = int(headers["Content-Length"])
        start, end = self.get_byte_range(range_header, size)
        if start > end:
            return self.get_range_not_satisfiable_response(file_handle, size)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        headers["Content-Length"] = str(end - start + 1)
        part = file_handle and SlicedFile(file_handle, start, end)
        return Response(HTTPStatus.PARTIAL_CONTENT, headers.items(), part)
