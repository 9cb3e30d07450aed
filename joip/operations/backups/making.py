"""Makes a backup, and says what it holds.

Media come first, then rows in one snapshot of the database, then the media that these rows name
and that are missing. People go on using the service meanwhile.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from joip.operations.backups.folders import (
    FORMAT,
    UNFINISHED,
    complete_backups,
    folder_problems,
    media_listed_in,
    media_path,
    new_name,
    only_backup_in,
    private_files,
    rows_path,
    write_lines,
)
from joip.operations.backups.mirror import Mirror
from joip.operations.backups.object_lists import NamedObject, ObjectLists, in_batches, named_by
from joip.operations.backups.progress import Progress, silently
from joip.operations.backups.rows import as_line, rows_of
from joip.operations.backups.tables import backed_up_models, last_id, schema
from joip.operations.database_snapshot import database_snapshot
from sessions.backup_leases import objects_kept
from sessions.models import SessionMedia

PAGE = 1000


class Backup(NamedTuple):
    path: Path
    rows: int
    objects: int
    read: int  # of these, from the store
    missing: list[str]  # objects that rows name and the store does not have, or not whole


def make_backup(
    *, root: Path, quick: bool = False, keep: int | None = None, progress: Progress = silently
) -> Backup:
    """Write a new backup into the folder; earlier ones stay as they are, whatever happens.

    `quick` does not read the media that the folder has, to check their sums. `keep` is how many
    backups stay, this one included. Raises BackupProblem, StoreProblem, BackupLeaseLost.
    """
    with folder_problems(root), private_files():
        root.mkdir(parents=True, exist_ok=True)
        with only_backup_in(root), ObjectLists(root / "objects.sqlite3") as lists:
            for unfinished in root.glob(f"*{UNFINISHED}"):  # of backups that died
                shutil.rmtree(unfinished)
            path = root / new_name()
            unfinished = path.with_name(path.name + UNFINISHED)
            unfinished.mkdir()
            with objects_kept():
                mirror = Mirror(root, lists, quick=quick)
                mirror.keep(progress(objects_named_now(), desc="media", unit="object"))
                manifest = write_tables(unfinished, lists, progress)
                mirror.keep(progress(lists.all_named(), desc="missing media", unit="object"))
            missing = [f"{each.bucket}/{each.key}" for each in lists.named_and_absent()]
            media = write_lines(
                unfinished / "media.jsonl.gz", (as_line(list(f)) for f in lists.named_and_stored())
            )
            (unfinished / "manifest.json").write_text(
                json.dumps(manifest | {"media": media, "missing": missing}, indent=1)
            )
            os.sync()  # all of it is on the disk before it has its name
            unfinished.rename(path)
            if keep:
                remove_older(root, keep, lists)
            rows = sum(table["lines"] for table in manifest["tables"].values())
            return Backup(path, rows, media["lines"], mirror.read, missing)


def objects_named_now() -> Iterator[NamedObject]:
    """In pages, each a statement of its own: the store may take hours."""
    last = 0
    while page := list(SessionMedia.objects.filter(pk__gt=last).order_by("pk")[:PAGE]):
        for slide in page:
            yield from named_by(slide)
        last = page[-1].pk


def write_tables(folder: Path, lists: ObjectLists, progress: Progress) -> dict[str, Any]:
    """The manifest of the tables. The objects that the rows name go into `lists`."""
    with database_snapshot():
        manifest = {"format": FORMAT, "database": connection.vendor, **schema(), "tables": {}}
        for model in progress(backed_up_models(), desc="rows", unit="table"):
            label = model._meta.label_lower
            lines = map(as_line, rows_of(model))
            manifest["tables"][label] = write_lines(rows_path(folder, label), lines)
            manifest["tables"][label]["last_id"] = last_id(model)
        for slides in in_batches(SessionMedia.objects.iterator(chunk_size=PAGE), PAGE):
            lists.add_named(named for slide in slides for named in named_by(slide))
    return manifest


def remove_older(root: Path, keep: int, lists: ObjectLists) -> None:
    """With the media that no other backup has."""
    backups = complete_backups(root)
    for path in backups[:-keep]:
        unfinished = path.with_name(path.name + UNFINISHED)  # or a crash would leave half of it
        path.rename(unfinished)
        shutil.rmtree(unfinished)
    lists.forget_named()
    for path in backups[-keep:]:
        for files in in_batches(media_listed_in(path), PAGE):
            lists.add_named(NamedObject(file.bucket, file.key, file.size) for file in files)
    while unwanted := lists.stored_and_unnamed():
        for bucket, key in unwanted:
            media_path(root, bucket, key).unlink(missing_ok=True)
        lists.forget_stored(unwanted)
