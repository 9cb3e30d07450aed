"""What a folder of backups looks like, and its files.

media/general/..., media/user-media/...   objects by their keys; all backups share them
objects.sqlite3                           sizes and sums of these; made anew if it is missing
2026-11-26T03-30-00.123456Z/              a backup: it has this name once it is complete
    manifest.json                         versions, columns, and the sums of the other files
    media.jsonl.gz                        the objects that belong to it: key, size, sum
    rows/library.session.jsonl.gz         the rows of a table
"""

import fcntl
import gzip
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1
UNFINISHED = ".unfinished"
NAME = "%Y-%m-%dT%H-%M-%S.%fZ"
LINE_LIMIT = 2**30  # characters; a longer line is no row


class BackupProblem(Exception):
    """A sentence for whoever runs the command."""


class MediaFile(NamedTuple):
    """An object in a folder of backups."""

    bucket: str
    key: str
    size: int
    sha256: str


def media_path(root: Path, bucket: str, key: str) -> Path:
    path = root / "media" / bucket / key
    if not path.resolve().is_relative_to((root / "media").resolve()):
        raise BackupProblem(f"{key} is no key of an object.")
    return path


def new_name() -> str:
    return datetime.now(UTC).strftime(NAME)


def complete_backups(root: Path) -> list[Path]:
    """The oldest first."""
    found = root.glob("*/manifest.json") if root.is_dir() else []
    return sorted(path.parent for path in found if path.parent.suffix != UNFINISHED)


@contextmanager
def folder_problems(root: Path) -> Iterator[None]:
    """A full disk, missing rights or a broken file, in a sentence."""
    try:
        yield
    except OSError as error:
        raise BackupProblem(f"{error.filename or root}: {error.strerror or error}.") from error
    except sqlite3.Error as error:
        raise BackupProblem(f"{root}: {error}.") from error


@contextmanager
def private_files() -> Iterator[None]:
    """A backup holds e-mail addresses and passwords' hashes: its files are the operator's alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def only_backup_in(root: Path) -> Iterator[None]:
    """One backup at a time writes into a folder. The lock ends with the process."""
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupProblem(f"Another backup is writing into {root}.") from None
        yield


def write_lines(path: Path, lines: Iterable[bytes]) -> dict[str, Any]:
    """What the manifest says of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with gzip.open(path, "wb", compresslevel=6) as file:
        for line in lines:
            file.write(line)
            written += 1
    return {"lines": written, "sha256": sum_of_file(path)}


def read_lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rb") as file:
        while line := file.readline(LINE_LIMIT):
            yield json.loads(line)


def sum_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def media_listed_in(backup: Path) -> Iterator[MediaFile]:
    for line in read_lines(backup / "media.jsonl.gz"):
        yield MediaFile(*line)


def rows_path(backup: Path, label: str) -> Path:
    return backup / "rows" / f"{label}.jsonl.gz"
