"""Lists of objects that may be longer than memory: tables of an SQLite file.

`stored` says what a folder of backups holds, and stays. The others are temporary: `named` are the
objects that rows name, `present` those that are there, with their sizes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from joip.media.buckets import USER_MEDIA
from joip.operations.backups.folders import MediaFile
from sessions.models import SessionMedia
from sessions.renditions import renditions_of

Item = TypeVar("Item")

TABLES = """
    CREATE TABLE IF NOT EXISTS stored (
        bucket TEXT, key TEXT, size INTEGER, sha256 TEXT, PRIMARY KEY (bucket, key)
    ) WITHOUT ROWID;
    CREATE TEMPORARY TABLE named (
        bucket TEXT, key TEXT, size INTEGER, PRIMARY KEY (bucket, key)
    ) WITHOUT ROWID;
    CREATE TEMPORARY TABLE present (
        bucket TEXT, key TEXT, size INTEGER, PRIMARY KEY (bucket, key)
    ) WITHOUT ROWID;
"""


class NamedObject(NamedTuple):
    """An object that a row names. The size of a rendition is not known."""

    bucket: str
    key: str
    size: int | None


class ObjectLists:
    def __init__(self, path: Path | None = None):
        """Without a path, on the disk for as long as it is open."""
        self.database = sqlite3.connect(path or "")
        self.database.executescript(TABLES)

    def __enter__(self) -> "ObjectLists":
        return self

    def __exit__(self, *error: object) -> None:
        self.database.close()

    def add_stored(self, files: Iterable[MediaFile]) -> None:
        with self.database:
            self.database.executemany("INSERT OR REPLACE INTO stored VALUES (?, ?, ?, ?)", files)

    def add_named(self, objects: Iterable[NamedObject]) -> None:
        with self.database:
            self.database.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", objects)

    def add_present(self, objects: Iterable[tuple[str, str, int]]) -> None:
        with self.database:
            self.database.executemany("INSERT OR REPLACE INTO present VALUES (?, ?, ?)", objects)

    def stored(self, bucket: str, key: str) -> MediaFile | None:
        found = self.database.execute(
            "SELECT bucket, key, size, sha256 FROM stored WHERE bucket = ? AND key = ?",
            [bucket, key],
        ).fetchone()
        return found and MediaFile(*found)

    def is_present(self, bucket: str, key: str) -> bool:
        found = self.database.execute(
            "SELECT 1 FROM present WHERE bucket = ? AND key = ?", [bucket, key]
        )
        return found.fetchone() is not None

    def count(self, table: str) -> int:
        return int(self.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608

    def all_stored(self) -> Iterator[MediaFile]:
        rows = self.database.execute(
            "SELECT bucket, key, size, sha256 FROM stored ORDER BY bucket, key"
        )
        return (MediaFile(*row) for row in rows)

    def all_named(self) -> Iterator[NamedObject]:
        rows = self.database.execute("SELECT bucket, key, size FROM named ORDER BY bucket, key")
        return (NamedObject(*row) for row in rows)

    def named_and_stored(self) -> Iterator[MediaFile]:
        rows = self.database.execute(
            "SELECT bucket, key, stored.size, sha256 FROM named JOIN stored USING (bucket, key)"
            " ORDER BY bucket, key"
        )
        return (MediaFile(*row) for row in rows)

    def named_and_absent(self) -> Iterator[NamedObject]:
        """Those that are not there, or with another size."""
        rows = self.database.execute(
            "SELECT bucket, key, named.size FROM named LEFT JOIN present USING (bucket, key)"
            " WHERE present.size IS NULL OR present.size <> named.size ORDER BY bucket, key"
        )
        return (NamedObject(*row) for row in rows)

    def stored_and_absent(self) -> Iterator[MediaFile]:
        rows = self.database.execute(
            "SELECT bucket, key, stored.size, sha256 FROM stored"
            " LEFT JOIN present USING (bucket, key) WHERE present.size IS NULL"
            " ORDER BY bucket, key"
        )
        return (MediaFile(*row) for row in rows)

    def present_and_unnamed(self, bucket: str) -> Iterator[str]:
        rows = self.database.execute(
            "SELECT key FROM present LEFT JOIN named USING (bucket, key)"
            " WHERE bucket = ? AND named.bucket IS NULL",
            [bucket],
        )
        return (key for (key,) in rows)

    def stored_and_unnamed(self) -> list[tuple[str, str]]:
        return self.database.execute(
            "SELECT bucket, key FROM stored LEFT JOIN named USING (bucket, key)"
            " WHERE named.bucket IS NULL LIMIT 1000"
        ).fetchall()

    def forget_stored(self, objects: Iterable[tuple[str, str]]) -> None:
        with self.database:
            self.database.executemany("DELETE FROM stored WHERE bucket = ? AND key = ?", objects)

    def forget_named(self) -> None:
        with self.database:
            self.database.execute("DELETE FROM named")


def named_by(slide: SessionMedia) -> Iterator[NamedObject]:
    if slide.key:
        yield NamedObject(slide.bucket, slide.key, slide.size)
    for rendition in renditions_of(slide).values():
        yield NamedObject(USER_MEDIA, rendition.key, None)


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    items = iter(items)
    while some := list(islice(items, size)):
        yield some
