"""The copies of objects in a folder of backups. Objects never change, so each is read once."""

import hashlib
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from joip.media.buckets import get_bucket
from joip.media.copy_errors import SourceMissing
from joip.operations.backups.folders import MediaFile, media_path, sum_of_file
from joip.operations.backups.object_lists import NamedObject, ObjectLists, in_batches
from joip.operations.backups.patience import patiently

BATCH = 200


class Mirror:
    """`lists.stored` says which objects the folder has; `lists.present` which of these this backup
    has looked at. `quick` believes the sizes of files, and does not read them for their sums.
    """

    def __init__(self, root: Path, lists: ObjectLists, *, quick: bool):
        self.root = root
        self.lists = lists
        self.quick = quick
        self.read = 0  # objects that were read from the store
        self.incoming = root / "incoming"
        shutil.rmtree(self.incoming, ignore_errors=True)  # of a backup that died
        self.incoming.mkdir()

    def keep(self, objects: Iterable[NamedObject]) -> None:
        """Have all that the store has."""
        with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
            for batch in in_batches(objects, BATCH):
                wanted = list({(each.bucket, each.key): None for each in batch})
                wanted = [each for each in wanted if not self.lists.is_present(*each)]
                known = [self.lists.stored(*each) for each in wanted]
                kept = [file for file in pool.map(self.keep_one, wanted, known) if file]
                self.read += sum(file not in known for file in kept)
                self.lists.add_stored(kept)
                self.lists.add_present((file.bucket, file.key, file.size) for file in kept)

    def keep_one(self, wanted: tuple[str, str], known: MediaFile | None) -> MediaFile | None:
        """None if the store does not have it, and neither has the folder."""
        if known and self.is_whole(known):
            return known
        try:
            return patiently(wanted[0], lambda: self.read_object(*wanted))
        except SourceMissing:
            return None

    def is_whole(self, file: MediaFile) -> bool:
        path = media_path(self.root, file.bucket, file.key)
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        return self.quick or sum_of_file(path) == file.sha256

    def read_object(self, bucket: str, key: str) -> MediaFile:
        unfinished = self.incoming / str(uuid4())
        digest, size = hashlib.sha256(), 0
        with unfinished.open("xb") as file:
            for chunk in get_bucket(bucket).chunks(key):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        path = media_path(self.root, bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(path)
        return MediaFile(bucket, key, size, digest.hexdigest())
