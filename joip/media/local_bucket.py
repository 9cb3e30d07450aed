import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core import signing
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.encoding import filepath_to_uri

from joip.media.addresses import Window, current_window
from joip.media.buckets import CHUNK_BYTES, StoredObject
from joip.media.copy_errors import SourceMissing, StoreUnavailable


class LocalBucket(FileSystemStorage):
    """A bucket in a folder, whose addresses `joip.media.serving` answers."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.signer = signing.Signer(salt="joip.media")

    def copy_from(
        self,
        source: "LocalBucket",
        source_key: str,
        key: str,
        *,
        size: int,
        seconds: float | None = None,
    ) -> None:
        try:
            with self.whole(key) as path:
                # Not `copy2`, which keeps the old modification time: pruning would delete the
                # object.
                shutil.copyfile(source.path(source_key), path)
        except OSError as error:
            if not source.exists(source_key):
                raise SourceMissing(source_key) from error
            raise StoreUnavailable(f"{source_key}: {error}") from error

    @contextmanager
    def whole(self, key: str) -> Iterator[Path]:
        """A file to write, which becomes the object when it is written: a process that dies leaves
        no part of an object under its key.
        """
        target = Path(self.path(key))
        unfinished = target.with_name(f"{uuid.uuid4()}.unfinished")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def put(self, key: str, file: "File[bytes]", content_type: str) -> None:
        try:
            file.seek(0)
            with self.whole(key) as path, path.open("xb") as target:
                shutil.copyfileobj(file, target, CHUNK_BYTES)
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error

    def check(self, *, seconds: float) -> None:
        try:
            Path(self.location).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(str(error)) from error
        if not os.access(self.location, os.W_OK | os.X_OK):
            raise StoreUnavailable(f"{self.location} cannot be written")

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for found in self.listing(prefix):
            yield found.key, found.changed_at

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        for folder, _, names in os.walk(self.path(prefix)):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self.location).as_posix()
                with suppress(FileNotFoundError):  # deleted since its folder was listed
                    yield StoredObject(key, self.get_modified_time(key), path.stat().st_size)

    def chunks(self, key: str) -> Iterator[bytes]:
        try:
            with open(self.path(key), "rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError as error:
            raise SourceMissing(key) from error
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error

    def url(self, name: str) -> str:  # type: ignore[override]  # every object has a name
        return self.address(name, current_window())

    def address(self, key: str, window: Window) -> str:
        signature = self.signer.signature(self._signed_text(key, window.end))
        # Not by Django, whose `urljoin` took half of the time that a page of addresses takes.
        address = f"{self.base_url}{filepath_to_uri(key)}"
        return f"{address}?expires={window.end}&signature={signature}"

    def lets_read(self, key: str, expires: str, signature: str) -> bool:
        """Whether an address of this key with these parameters is valid now."""
        try:
            self.signer.unsign(f"{self._signed_text(key, expires)}:{signature}")
        except signing.BadSignature:
            return False
        # A number, since we signed it, and no part of the key, since keys have no colon.
        return time.time() < int(expires)

    def _signed_text(self, key: str, expires: int | str) -> str:
        return f"{self.base_url}{key}:{expires}"  # `base_url` tells the buckets apart
