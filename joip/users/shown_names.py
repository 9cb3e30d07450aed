"""Names of people in the admin: staff who may view people read them, others read a number.

`str(person)` is the number, so a page that does not ask here shows no name.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

from django.contrib import admin
from django.db.models import Value

from joip.users.models import User


def may_see_names(viewer: Any) -> bool:
    """Django's admin lets those who may change people view them too."""
    return bool(viewer.has_perm("users.view_user") or viewer.has_perm("users.change_user"))


def shown_name(person: User, *, viewer: Any) -> str:
    return person.username if may_see_names(viewer) else str(person)


class ShowsNames:
    """For an admin or inline whose rows name people, by `person_column`."""

    name_search_fields: list[str] = []

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)  # type: ignore[misc]  # of the class it is mixed into
        return rows.annotate(names_are_shown=Value(may_see_names(request.user)))

    def get_search_fields(self, request: Any) -> list[str]:
        fields = super().get_search_fields(request)  # type: ignore[misc]  # the same
        return [*fields, *(self.name_search_fields if may_see_names(request.user) else [])]


def person_column(path: str, *, title: str = "") -> Callable[[Any, Any], str | None]:
    """A column or field with the person at this path, such as "session__owner". It sorts by
    number: an order by name would show which name is whose.
    """
    *_, last = path.split("__")

    @admin.display(description=title or last.replace("_", " "), ordering=path)
    def show(self: Any, row: Any) -> str | None:
        person = reduce(getattr, path.split("__"), row)
        if person is None:
            return None
        return person.username if row.names_are_shown else str(person)

    return show
