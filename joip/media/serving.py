"""Serves media from the folders in DATA_DIR, where no S3 store is configured."""

from http import HTTPStatus
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import filepath_to_uri
from django.views.decorators.csrf import csrf_exempt
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import NotARegularFileError, Response, SlicedFile, StaticFile

from joip.media.addresses import CACHE_CONTROL
from joip.media.content_types import content_type_of
from joip.media.local_bucket import LocalBucket

# For an object that is opened by itself: it runs nothing. The exceptions are for the page that a
# browser makes around a picture or a video; Chromium plays no video of an origin that is null.
POLICY = (
    "sandbox allow-same-origin; "
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
)


@csrf_exempt  # it changes nothing; so a POST is 405, not 403
def serve(request: HttpRequest, bucket: str, key: str) -> HttpResponseBase:
    """The object, or the range of it that is asked for, as players do with videos.

    404 if it is missing, or if the address is not signed, wrong or expired.
    """
    storage = storages[bucket]
    if not isinstance(storage, LocalBucket):
        raise Http404
    expires, signature = (request.GET.get(name, "") for name in ("expires", "signature"))
    if not storage.lets_read(key, expires, signature):
        raise Http404
    if settings.MEDIA_ACCEL_PREFIX:
        return handed_to_proxy(bucket, key)
    try:
        file = StoredFile(storage.path(key), headers_of(key))
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(file, request)
    except (NotARegularFileError, OSError, ValueError) as error:  # or not a valid file name
        raise Http404 from error
    return response


def handed_to_proxy(bucket: str, key: str) -> HttpResponse:
    """nginx sends the file itself, whole or in ranges, with these headers."""
    response = HttpResponse(headers=dict(headers_of(key)))
    response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX}{bucket}/{filepath_to_uri(key)}"
    del response["Accept-Ranges"]  # nginx's own
    return response


def headers_of(key: str) -> list[tuple[str, str]]:
    content_type = content_type_of(key)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": CACHE_CONTROL,
        "Content-Security-Policy": POLICY,
        "Content-Type": content_type or "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
    }
    if content_type is None:  # a browser must not show or run it as a page
        headers["Content-Disposition"] = "attachment"
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
        part = file_handle and PartOfFile(file_handle, start, end)
        return Response(HTTPStatus.PARTIAL_CONTENT, headers.items(), part)


class PartOfFile(SlicedFile):  # type: ignore[misc]  # whitenoise is untyped
    """Can be read again from any position, as the web server does to send it without a thread."""

    def __init__(self, file: BinaryIO, start: int, end: int):
        super().__init__(file, start, end)
        self.end = end

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.end + 1 - self.fileobj.tell())
        content: bytes = self.fileobj.read(left if size < 0 else min(left, size))
        return content

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        position: int = self.fileobj.tell()
        return position

    def seek(self, offset: int, whence: int = 0) -> int:
        position: int = self.fileobj.seek(offset, whence)
        return position
