"""Content types of stored media, by the suffixes of their keys, and how media are cached."""

from pathlib import PurePosixPath

CONTENT_TYPES = {
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
SUFFIXES = {content_type: suffix for suffix, content_type in CONTENT_TYPES.items()}

# An object never changes, and its address stays the same for a while only: a browser may keep it
# as long as it likes. Not a proxy that others share, since whoever knows the address may read it.
CACHE_CONTROL = "private, max-age=31536000, immutable"


def content_type_of(key: str) -> str | None:
    return CONTENT_TYPES.get(PurePosixPath(key).suffix.lower())
