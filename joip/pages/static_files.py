"""Static files: compressed as they are sent, kept by browsers for good, and never collected."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/", "image/svg+xml", "application/manifest+json")


class VersionedFilesStorage(StaticFilesStorage):
    """Every address ends in a hash of the file: what has changed has another address."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        version = (version_of.__wrapped__ if settings.DEBUG else version_of)(name)
        return f"{address}?v={version}" if version else address


@cache
def version_of(name: str) -> str | None:
    found = finders.find(name)
    if not isinstance(found, str):
        return None  # nothing is there, and the address answers 404
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]


class CompressText(GZipMiddleware):
    """Middleware for pages and static files. Django adds bytes at random, against BREACH.

    The API is left out, and so are media, which are compressed already and asked for in parts.
    """

    def process_response(self, request, response):
        is_text = response.get("Content-Type", "").startswith(COMPRESSED)
        if not is_text or "Content-Range" in response or request.path_info.startswith("/api/"):
            return response
        response = super().process_response(request, response)
        if "Content-Encoding" in response:
            # WhiteNoise would not know its own tag again, since it is weak now. It knows the date.
            del response["ETag"]
        return response
