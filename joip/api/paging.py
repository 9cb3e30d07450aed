"""Pages of long lists: a JSON array, and the addresses of the next and the previous page in a
`Link` header.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from joip.api.serializers import StrictSerializer
from joip.errors import InvalidFields

MAX_PAGE_SIZE = 200
OTHER_WAY = {"next": "prev", "prev": "next"}


class PageQuery(StrictSerializer):
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_PAGE_SIZE, default=50, help_text="Items per page."
    )
    cursor = serializers.CharField(
        required=False,
        max_length=4000,
        help_text="From the `Link` header of another page. Its form may change.",
    )


class Page(NamedTuple):
    rows: list[Any]
    cursors: dict[str, str]  # of the next and the previous page, where there is one


class Pages:
    """Pages by position instead of by number: as fast at the end of a list as at its beginning.

    The last field of `ordering` is unique, so that a position belongs to one row. (DRF's
    CursorPagination compares the first field only: paging backwards through rows that are equal
    in it repeats some and skips others.)
    """

    def __init__(self, *ordering: str, limit: int):
        self.ordering = ordering
        self.limit = limit
        self.signer = signing.Signer(salt=f"joip.paging:{','.join(ordering)}")

    def answer(
        self,
        request: Request,
        rows: QuerySet,
        serializer: type[serializers.Serializer],
        *,
        has_total: bool = False,
    ) -> Response:
        """The page at the request's cursor, or the first. Refuses a cursor of another order."""
        page = self.page(rows, request.query_params.get("cursor"))
        here = request.build_absolute_uri(request.path)
        asked = request.query_params.dict()  # each parameter once, however often it came
        links = [
            f'<{here}?{urlencode(asked | {"cursor": cursor})}>; rel="{rel}"'
            for rel, cursor in page.cursors.items()
        ]
        headers = {"Link": ", ".join(links)} if links else {}
        if has_total:
            headers["X-Total-Count"] = str(rows.count())
        shown = serializer(page.rows, many=True, context={"request": request})
        return Response(shown.data, headers=headers)

    def page(self, rows: QuerySet, cursor: str | None) -> Page:
        rel, position = self.read_cursor(cursor)
        found = self.follow(rows, rel, position)
        if not found:
            return Page([], {})
        page = found[: self.limit]
        if rel == "prev":
            page.reverse()
        there_is = {rel: len(found) > self.limit, OTHER_WAY[rel]: position is not None}
        edges = {"next": page[-1], "prev": page[0]}
        cursors = {way: self.cursor(way, row) for way, row in edges.items() if there_is[way]}
        return Page(page, cursors)

    def follow(self, rows: QuerySet, rel: str, position: Sequence[str] | None) -> list[Any]:
        """The rows of a page, and one more if there are more in that direction."""
        ordering = self.ordering if rel == "next" else [opposite(name) for name in self.ordering]
        if position is not None:
            rows = rows.filter(beyond(position, ordering))
        return list(rows.order_by(*ordering)[: self.limit + 1])

    def read_cursor(self, cursor: str | None) -> tuple[str, Sequence[str] | None]:
        if cursor is None:
            return "next", None
        try:
            return self.signer.unsign_object(cursor)
        except signing.BadSignature:
            raise InvalidFields({"cursor": ["Not a cursor of this list."]}) from None

    def cursor(self, rel: str, row: Any) -> str:
        position = [str(getattr(row, name.removeprefix("-"))) for name in self.ordering]
        return self.signer.sign_object([rel, position], compress=True)


def opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def beyond(position: Sequence[str], ordering: Sequence[str]) -> Q:
    """The condition for rows after this position in this order."""
    (value, *values), (name, *names) = position, ordering
    lookup = f"{name[1:]}__lt" if name.startswith("-") else f"{name}__gt"
    further = Q((lookup, value))
    if not names:
        return further
    # The second half implies the first, which lets the database use an index.
    return Q((f"{lookup}e", value)) & (further | beyond(values, names))
