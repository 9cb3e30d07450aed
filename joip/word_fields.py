"""Columns that hold the words of other columns of their row."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from joip.words import line_of, sort_key

if TYPE_CHECKING:  # fields are generic in their stubs only
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class WordsField(TextField):
    """The words of other fields of the row, written whenever one of these is saved."""

    def __init__(self, *of: str, **options: Any):
        super().__init__(**options | {"editable": False})
        self.of = of

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        return name, path, self.of, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        texts = [getattr(model_instance, name) for name in self.of]
        words = self.derived_from(" ".join(texts))
        setattr(model_instance, self.attname, words)
        return words

    def derived_from(self, text: str) -> str:
        return line_of(text)


class SortKeyField(WordsField):
    """Sorts as `sort_key` says, byte by byte on every database."""

    def derived_from(self, text: str) -> str:
        return sort_key(text)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None  # SQLite compares bytes
        return super().db_parameters(connection) | {"collation": collation}


class ModelWithWords(models.Model):
    """Saves its WordsFields with the fields that they are made of."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is not None:
            saved = set(update_fields)
            fields = [f for f in self._meta.concrete_fields if isinstance(f, WordsField)]
            update_fields = saved | {f.name for f in fields if saved.intersection(f.of)}
        super().save(*args, update_fields=update_fields, **options)
