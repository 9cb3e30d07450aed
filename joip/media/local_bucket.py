import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from joip.media.copy_errors import SourceMissing, StoreUnavailable


class LocalBucket(FileSystemStorage):
    """A bucket in a folder. If `signed`, addresses expire after MEDIA_URL_SECONDS."""

    def __init__(self, *, signed: bool = False, **options: Any):
        super().__init__(**options)
        self.signed = signed
        self.signer = signing.TimestampSigner(salt="joip.storage")

    def copy_from(self, source: "LocalBucket", source_key: str, key: str, *, size: int) -> None:
        target = Path(self.path(key))
        unfinished = target.with_name(f"{uuid.uuid4()}.unfinished")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Not `copy2`, which keeps the old modification time: pruning would delete the object.
            shutil.copyfile(source.path(source_key), unfinished)
            unfinished.replace(target)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            if not source.exists(source_key):
                raise SourceMissing(source_key) from error
            raise StoreUnavailable(f"{source_key}: {error}") from error

    def put(self, key: str, file: "File[bytes]", content_type: str) -> None:
        try:
            self.save(key, file)
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for folder, _, names in os.walk(self.path(prefix)):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self.location).as_posix()
                with suppress(FileNotFoundError):  # deleted since its folder was listed
                    yield key, self.get_modified_time(key)

    def url(self, name: str) -> str:  # type: ignore[override]  # every object has a name
        address = super().url(name)
        if self.signed:
            _, _, signature = self.signer.sign(name).rpartition(f"{name}:")
            address += f"?signature={signature}"
        return address

    def lets_read(self, key: str, signature: str) -> bool:
        """Whether an address of this key with this signature is valid now."""
        if not self.signed:
            return True
        try:
            self.signer.unsign(f"{key}:{signature}", max_age=settings.MEDIA_URL_SECONDS)
        except signing.BadSignature:
            return False
        return True
