"""What credits were spent on, as a page and as a table for spreadsheets."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from credits.ledger import account_of
from credits.models import CreditAccount, CreditTransaction
from credits.pricing import prices_for
from joip.api.paging import Pages
from joip.spreadsheets import csv_lines
from joip.users.models import User
from sessions.models import Session, SessionQuerySet

ROWS_A_PAGE = 50
ROWS_AT_ONCE = 500  # of a table, read and sent before the next
COLUMNS = ["Row", "Time", "Kind", "For", "Credits", "Balance", "Gives back row", "Note"]


@login_required
@require_safe
def statement(request) -> HttpResponse:
    account = account_of(request.user)
    rows = rows_of(account).select_related("reverses", "refund")
    page = Pages("-id", limit=ROWS_A_PAGE).page(rows, request.GET.get("cursor"))
    with_sessions(request.user, page.rows)
    in_flight = list(copies_paid_for(request.user))
    context = {
        "account": account,
        "prices": prices_for(account),
        "months": by_month(page.rows),
        "shown_month": request.GET.get("month"),  # has its heading on the page before
        "in_flight": in_flight,
        "in_flight_total": sum(-copy.charge.amount for copy in in_flight if copy.charge),
    }
    if following := page.cursors.get("next"):
        month = context["months"][-1][0]
        context["next"] = "?" + urlencode({"cursor": following, "month": month})
    return render(request, "pages/credits.html", context)


def rows_of(account: CreditAccount) -> Any:
    return CreditTransaction.objects.filter(account=account)


def copies_paid_for(user: User) -> SessionQuerySet:
    """Copies under way: their charges are given back if they fail."""
    copies = Session.objects.owned_by(user).copying().filter(charge__isnull=False)
    return copies.select_related("charge").with_media_counts().order_by("-pk")


def by_month(rows: Sequence[CreditTransaction]) -> list[tuple[str, list[CreditTransaction]]]:
    grouped = groupby(rows, lambda row: f"{localtime(row.created_at):%B %Y}")
    return [(month, list(rows_of_month)) for month, rows_of_month in grouped]


def with_sessions(user: User, rows: Sequence[CreditTransaction]) -> None:
    """Set `was_for`: what in the person's library a row was for, None if that is not there."""
    ids = [pk for row in rows if (pk := row.reference.removeprefix("session:")) != row.reference]
    sessions = Session.objects.owned_by(user).filter(pk__in=ids).only("pk", "title")
    named = {f"session:{session.pk}": session for session in sessions}
    for row in rows:
        row.was_for = named.get(row.reference)


@login_required
@require_safe
def as_csv(request) -> StreamingHttpResponse:
    lines = csv_lines(table(request.user, account_of(request.user)))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8; header=present")
    answer["Content-Disposition"] = 'attachment; filename="credits.csv"'
    return answer


def table(user: User, account: CreditAccount) -> Iterator[list[Any]]:
    """Newest first. Rows are read in parts, since nobody knows how many there are."""
    yield COLUMNS
    rows = rows_of(account).order_by("-pk")
    while part := list(rows[:ROWS_AT_ONCE]):
        with_sessions(user, part)
        for row in part:
            yield cells(row)
        rows = rows.filter(pk__lt=part[-1].pk)


def cells(row: CreditTransaction) -> list[Any]:
    return [
        row.pk,
        row.created_at.isoformat(timespec="seconds"),
        row.kind,
        row.was_for.title if row.was_for else row.reference,
        row.amount,
        row.balance_after,
        row.reverses_id or "",
        row.note,
    ]
