"""The orders of the feed, and the score behind "hot"."""

import math
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, FloatField, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Ln
from django.db.models.sql.compiler import SQLCompiler

# Each ends in a unique field, and has an index of its own; "top" are the most saved.
ORDERINGS = {
    "new": ["-shared_at", "-id"],
    "top": ["-save_count", "-id"],
    "hot": ["-hot", "-id"],
}

# So many seconds count as much as ten times the saves: half a day, as in Reddit's ranking.
HOT_SECONDS = 45_000


class SecondsSince1970(Func):
    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
    output_field = FloatField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "((julianday(%(expressions)s) - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=template, **context)


def hot_score(*, save_count: Combinable, shared_at: Combinable) -> Combinable:
    """An expression: the logarithm of the saves plus the time, so it changes with saves only."""
    logarithm = Ln(save_count + Value(1.0), output_field=FloatField()) / math.log(10)
    return logarithm + SecondsSince1970(shared_at) / HOT_SECONDS


def with_more_saves(number: int) -> dict[str, Combinable]:
    save_count = F("save_count") + number
    return {
        "save_count": save_count,
        "hot": hot_score(save_count=save_count, shared_at=F("shared_at")),
    }
