"""Which tables a backup holds, and which it leaves out.

It goes through all models, so that those of libraries and of new apps come along by themselves.
"""

from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field, Model

if TYPE_CHECKING:  # fields are generic in their stubs only
    Column = Field[Any, Any]
else:
    Column = Field

# `migrate` makes these rows anew, with ids of each database's own: rows name them by what they are.
NAMED_BY_NATURAL_KEY: list[type[Model]] = [ContentType, Permission]

LEFT_OUT = {
    "contenttypes.contenttype",
    "auth.permission",
    "sessions.session",  # sign-ins: people sign in again
    "accounts.attemptcount",  # wrong passwords in the last hours
    "library.backuplease",  # of the backup itself
    "usersessions.usersession",  # where people are signed in
}
LEFT_OUT_APPS = {
    "procrastinate"
}  # queued jobs: rows say what is unfinished, and jobs are made anew

# What `migrate` puts into a new database; a restore replaces it.
FILLED_BY_MIGRATE = {"credits.featurepricing", "sites.site"}


def backed_up_models() -> list[type[Model]]:
    """Those whose rows a backup holds, the tables between two models included. In alphabetical
    order: both databases check references at the commit, so any order can be restored.
    """
    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and not is_left_out(model)
    ]
    return sorted(models, key=lambda model: model._meta.label_lower)


def is_left_out(model: type[Model]) -> bool:
    return model._meta.label_lower in LEFT_OUT or model._meta.app_label in LEFT_OUT_APPS


def columns_of(model: type[Model]) -> list[Column]:
    """Without what the database generates."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def schema() -> dict[str, Any]:
    """What a backup and the version that restores it must have in common."""
    models = backed_up_models()
    labels = {model._meta.app_label for model in models}
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return {
        "columns": {
            model._meta.label_lower: [field.column for field in columns_of(model)]
            for model in models
        },
        "migrations": sorted(f"{app}.{name}" for app, name in known if app in labels),
    }


def last_id(model: type[Model]) -> int | None:
    """The last id that was given to a row, which may be gone; None if ids are not counted.

    Ids of deleted rows must not be given again: decisions of staff, for example, name them.
    """
    if not is_counted(model):
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = sequence_of(model)
            cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608  # quoted
            value, is_called = cursor.fetchone()
            return int(value) if is_called else 0
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
        return int(found[0]) if found else 0


def set_last_id(model: type[Model], last: int) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            is_called = last > 0
            cursor.execute(
                "SELECT setval(%s, %s, %s)", [sequence_of(model), max(last, 1), is_called]
            )
            return
        table = model._meta.db_table
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])


def is_counted(model: type[Model]) -> bool:
    return model._meta.auto_field is not None


def sequence_of(model: type[Model]) -> str:
    """PostgreSQL's name of it, quoted."""
    column = cast(Column, model._meta.auto_field).column  # of what is counted
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
        return str(cursor.fetchone()[0])
