"""Content types of stored media, by the suffixes of their keys."""

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


def content_type_of(key: str) -> str | None:
    return CONTENT_TYPES.get(PurePosixPath(key).suffix.lower())
