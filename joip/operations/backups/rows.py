"""Rows as lines of JSON, the same for every database.

A line is a list with the values of a table's columns. Values are written and read without the
models' own hooks, so that times of change, search words and sort keys stay as they are.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from django.db import connection
from django.db.models import CharField, ForeignKey, JSONField, Model, TextField
from django.utils.duration import duration_string

from joip.operations.backups.tables import NAMED_BY_NATURAL_KEY, Column, columns_of

ROWS_IN_MEMORY = 1000
MAX_PARAMETERS = 900  # of a statement; SQLite may be built with a limit of 999


class UnknownHere(Exception):
    pass


def rows_of(model: type[Model]) -> Iterator[list[Any]]:
    """In the order of their keys, streamed: in a transaction, by a cursor of the server."""
    columns = columns_of(model)
    encoders = [encoder(column) for column in columns]
    names = [column.attname for column in columns]
    found = model._base_manager.order_by("pk").values_list(*names)
    for values in found.iterator(chunk_size=ROWS_IN_MEMORY):
        yield [
            None if value is None else encode(value)
            for encode, value in zip(encoders, values, strict=True)
        ]


def insert_rows(model: type[Model], rows: Iterable[list[Any]]) -> None:
    """Raises UnknownHere."""
    columns = columns_of(model)
    names = ", ".join(connection.ops.quote_name(str(column.column)) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    one = f"({', '.join(['%s'] * len(columns))})"
    ready = prepared(model, rows)
    while some := list(islice(ready, MAX_PARAMETERS // len(columns))):
        places = ", ".join([one] * len(some))
        statement = f"INSERT INTO {table} ({names}) VALUES {places}"  # noqa: S608  # quoted names
        with connection.cursor() as cursor:
            cursor.execute(statement, list(chain.from_iterable(some)))


def prepared(model: type[Model], rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    columns = columns_of(model)
    decoders = [decoder(column) for column in columns]
    for row in rows:
        try:
            yield [
                column.get_db_prep_save(None if value is None else decode(value), connection)
                for column, decode, value in zip(columns, decoders, row, strict=True)
            ]
        except UnknownHere:
            if not model._meta.auto_created:  # of a permission for what is not installed here
                raise


def encoder(column: Column) -> Callable[[Any], Any]:
    if is_named_naturally(column):
        keys = {pk: key for key, pk in natural_keys(column).items()}
        return keys.__getitem__
    return as_it_is if isinstance(column, JSONField) else encoded


def decoder(column: Column) -> Callable[[Any], Any]:
    if is_named_naturally(column):
        ids = natural_keys(column)
        return lambda key: None if column.null and tuple(key) not in ids else id_of(ids, key)
    while isinstance(column, ForeignKey):
        column = column.target_field
    is_text = isinstance(column, CharField | TextField | JSONField)
    return as_it_is if is_text else column.to_python


def is_named_naturally(column: Column) -> bool:
    return column.related_model in NAMED_BY_NATURAL_KEY


def natural_keys(column: Column) -> dict[tuple[str, ...], Any]:
    """The ids of what the column may refer to, by natural key."""
    model: Any = column.related_model
    return {row.natural_key(): row.pk for row in model._base_manager.select_related()}


def id_of(ids: dict[tuple[str, ...], Any], key: list[str]) -> Any:
    if tuple(key) not in ids:
        raise UnknownHere(f"there is no {' '.join(key)} here")
    return ids[tuple(key)]


def as_it_is(value: Any) -> Any:
    return value


def encoded(value: Any) -> Any:
    match value:
        case bool() | int() | float() | str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return duration_string(value)
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
    return str(value)  # UUIDs and decimal numbers


def as_line(row: list[Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
