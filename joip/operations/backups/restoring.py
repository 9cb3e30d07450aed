"""Checks that a backup is whole, and restores it into an empty database and store of any kind.

Everything is checked before anything is written. Media come first, then all rows in one
transaction: a failure leaves the database empty, and a second try finds the media in place.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from joip.media.buckets import get_bucket
from joip.media.content_types import content_type_of
from joip.media.store_problems import store_problems
from joip.operations.backups.folders import (
    FORMAT,
    BackupProblem,
    MediaFile,
    complete_backups,
    folder_problems,
    media_listed_in,
    media_path,
    read_lines,
    rows_path,
    sum_of_file,
)
from joip.operations.backups.object_lists import ObjectLists, in_batches
from joip.operations.backups.patience import patiently
from joip.operations.backups.progress import Progress, silently
from joip.operations.backups.rows import UnknownHere, insert_rows
from joip.operations.backups.tables import (
    FILLED_BY_MIGRATE,
    backed_up_models,
    schema,
    set_last_id,
)
from sessions.backup_leases import objects_kept
from sessions.pruning import KEYS

BATCH = 200


class Restored(NamedTuple):
    path: Path
    rows: int
    objects: int


def restore_backup(
    *, root: Path, name: str | None = None, progress: Progress = silently
) -> Restored:
    """Restore the newest backup of the folder, or the one with this name.

    Raises BackupProblem or StoreProblem; then the database is as empty as before.
    """
    with folder_problems(root), ObjectLists() as lists:
        path = find_backup(root, name)
        manifest = read_manifest(path)
        refuse_other_version(manifest)
        refuse_filled_database()
        check_files(path, manifest)
        for files in in_batches(media_listed_in(path), BATCH):
            lists.add_stored(files)
        check_media(root, lists, progress)
        call_command("migrate", verbosity=0, interactive=False)
        with objects_kept():  # a day later, what no row names yet would be an orphan
            find_present(lists, progress)
            put_missing(root, lists, progress)
            insert_all(path, manifest, progress)
        rows = sum(table["lines"] for table in manifest["tables"].values())
        return Restored(path, rows, lists.count("stored"))


def find_backup(root: Path, name: str | None) -> Path:
    backups = {path.name: path for path in complete_backups(root)}
    if not backups:
        raise BackupProblem(f"There is no complete backup in {root}.")
    if name is None:
        return list(backups.values())[-1]
    if name not in backups:
        raise BackupProblem(f"There is no {name} in {root}, but {', '.join(backups)}.")
    return backups[name]


def read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / "manifest.json").read_text())
    except ValueError as error:
        raise BackupProblem(f"{path / 'manifest.json'} is damaged.") from error
    if manifest.get("format") != FORMAT:
        raise BackupProblem(
            f"{path} has format {manifest.get('format')}, and this version of JOIP reads {FORMAT}."
        )
    return manifest


def check_files(path: Path, manifest: dict[str, Any]) -> None:
    files = {path / "media.jsonl.gz": manifest["media"]}
    files |= {rows_path(path, label): table for label, table in manifest["tables"].items()}
    for file, told in files.items():
        if not file.is_file() or sum_of_file(file) != told["sha256"]:
            raise BackupProblem(f"{file} is missing or damaged.")


def check_media(root: Path, lists: ObjectLists, progress: Progress) -> None:
    files = progress(
        lists.all_stored(), desc="checking media", unit="object", total=lists.count("stored")
    )
    with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
        for batch in in_batches(files, BATCH):
            for file, is_whole in zip(
                batch, pool.map(partial(is_intact, root), batch), strict=True
            ):
                if not is_whole:
                    path = media_path(root, file.bucket, file.key)
                    raise BackupProblem(f"{path} is missing or damaged.")


def is_intact(root: Path, file: MediaFile) -> bool:
    path = media_path(root, file.bucket, file.key)
    return path.is_file() and sum_of_file(path) == file.sha256


def refuse_other_version(manifest: dict[str, Any]) -> None:
    """Apps that only this installation has are not compared: their tables stay empty."""
    ours, theirs = schema(), manifest["columns"]
    other = [label for label, columns in theirs.items() if ours["columns"].get(label) != columns]
    apps = {label.partition(".")[0] for label in theirs}
    known = {name for name in ours["migrations"] if name.partition(".")[0] in apps}
    other += sorted(known ^ set(manifest["migrations"]))
    if other:
        raise BackupProblem(
            "The backup was made by another version of JOIP. Restore it with that version, and "
            f"upgrade afterwards. It differs in {', '.join(other)}."
        )


def refuse_filled_database() -> None:
    tables = set(connection.introspection.table_names())
    for model in backed_up_models():
        is_ours = model._meta.db_table in tables
        if is_ours and model._meta.label_lower not in FILLED_BY_MIGRATE and has_rows(model):
            raise BackupProblem(
                f"The database is not empty: it has {model._meta.verbose_name_plural}. Restore "
                "into a new one."
            )


def has_rows(model: Any) -> bool:
    return bool(model._base_manager.order_by().values("pk")[:1].exists())


def find_present(lists: ObjectLists, progress: Progress) -> None:
    """Accept the backup's own objects in the store, of an earlier try, and refuse all others."""
    for bucket, prefixes in KEYS.items():
        with store_problems(bucket):
            for prefix, pattern in prefixes.items():
                found = progress(
                    get_bucket(bucket).listing(prefix), desc=f"{bucket}/{prefix}", unit="object"
                )
                for each in found:
                    if pattern.match(each.key) and not each.key.endswith(".unfinished"):
                        refuse_other_object(lists.stored(bucket, each.key), bucket, each.key)
                        lists.add_present([(bucket, each.key, each.size)])


def refuse_other_object(expected: MediaFile | None, bucket: str, key: str) -> None:
    if expected is None or sum_of_object(bucket, key) != expected.sha256:
        raise BackupProblem(
            f"The media store is not empty: it has {bucket}/{key}, which is not as in the backup. "
            "Restore into empty buckets."
        )


def sum_of_object(bucket: str, key: str) -> str:
    digest = hashlib.sha256()
    for chunk in get_bucket(bucket).chunks(key):
        digest.update(chunk)
    return digest.hexdigest()


def put_missing(root: Path, lists: ObjectLists, progress: Progress) -> None:
    files = progress(
        lists.stored_and_absent(),
        desc="media",
        unit="object",
        total=lists.count("stored") - lists.count("present"),
    )
    with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
        for batch in in_batches(files, BATCH):
            list(pool.map(partial(put, root), batch))


def put(root: Path, file: MediaFile) -> None:
    content_type = content_type_of(file.key) or "application/octet-stream"
    with media_path(root, file.bucket, file.key).open("rb") as opened:
        content = File(opened)
        patiently(file.bucket, lambda: get_bucket(file.bucket).put(file.key, content, content_type))


def insert_all(path: Path, manifest: dict[str, Any], progress: Progress) -> None:
    tables = manifest["tables"]
    try:
        with transaction.atomic(durable=True):
            refuse_filled_database()  # it may have been filled meanwhile
            for model in progress(backed_up_models(), desc="rows", unit="table"):
                label = model._meta.label_lower
                if label in FILLED_BY_MIGRATE:
                    model._base_manager.all().delete()
                if label in tables:
                    insert_rows(model, lines_of(path, label))
            connection.check_constraints()
            # Last, since PostgreSQL does not take it back when a transaction fails.
            for model in backed_up_models():
                last = tables.get(model._meta.label_lower, {}).get("last_id")
                if last is not None:
                    set_last_id(model, last)
    except (DatabaseError, UnknownHere) as error:
        raise BackupProblem(f"The database does not take the rows: {error}") from error


def lines_of(path: Path, label: str) -> Iterator[list[Any]]:
    return read_lines(rows_path(path, label))
