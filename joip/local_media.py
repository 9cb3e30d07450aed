"""Media of the embedded default, served from folders under DATA_DIR."""

import mimetypes

from django.core.files.storage import storages
from django.http import FileResponse, Http404

from joip.storage import LocalBucket


def serve(request, bucket, key):
    """The object; 404 where it is missing or the address is unsigned, wrong or too old."""
    storage = storages[bucket]
    if not isinstance(storage, LocalBucket):
        raise Http404
    if not storage.lets_read(key, request.GET.get("signature", "")):
        raise Http404
    try:
        file = storage.open(key)
    except (OSError, ValueError) as error:  # not there, a folder, or no name for a file
        raise Http404 from error
    content_type, _ = mimetypes.guess_type(key)
    playable = (content_type or "").startswith(("image/", "video/")) and "svg" not in content_type
    return FileResponse(
        file,
        as_attachment=not playable,
        content_type=content_type if playable else "application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )
