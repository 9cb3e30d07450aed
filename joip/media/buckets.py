"""The two media buckets: folders, or buckets of an S3-compatible store, as settings say.

`storages[GENERAL]` and `storages[USER_MEDIA]` are Django storages that can do what `Bucket` says.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import storages

from joip.media.addresses import Window

GENERAL = "general"  # snapshots that are shared to the community
USER_MEDIA = "user-media"  # people's libraries


CHUNK_BYTES = 2**18  # of an object, in memory at a time


class StoredObject(NamedTuple):
    key: str
    changed_at: datetime
    size: int


class Bucket(Protocol):
    """Keys consist of ASCII letters, digits, `-`, `_`, `.` and `/`. Objects are immutable."""

    def put(self, key: str, file: "File[bytes]", content_type: str) -> None:
        """Store a file. Raises CopyError."""

    def copy_from(
        self,
        source: "Bucket",
        source_key: str,
        key: str,
        *,
        size: int,
        seconds: float | None = None,
    ) -> None:
        """Copy an object of another bucket in here, whole or not at all, without its bytes
        passing through this process. `seconds` cut the time that a request may take.
        Raises CopyError.
        """

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """The key and modification time of every object below the prefix, which ends in "/"."""

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        """Like `objects`, with sizes."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """The content of an object, piece by piece. Raises SourceMissing, or another CopyError."""

    def address(self, key: str, window: Window) -> str:
        """The signed address for browsers: the same for everybody within the window."""

    def check(self, *, seconds: float) -> None:
        """Ask in one small request whether the bucket is there. Raises CopyError."""

    def delete(self, name: str) -> None: ...

    def size(self, name: str) -> int: ...


def get_bucket(name: str) -> Bucket:
    return cast(Bucket, storages[name])
