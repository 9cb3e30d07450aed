"""The library: a person's own sessions, and the credits that they cost."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from community.audiences import as_shown
from community.feed import price_of_saving
from community.session_serializers import SessionsQuery
from credits.ledger import account_of
from credits.models import CreditTransaction
from credits.pricing import prices_for
from joip.api.paging import Pages
from joip.media.addresses import current_window
from joip.pages.pictures import cover_of
from sessions.deletion import delete_session
from sessions.editing import edit_session
from sessions.import_urls import COMMUNITY
from sessions.models import Session
from sessions.ownership import own_session
from sessions.quota import limit_bytes, used_by
from sessions.search import search_library

SHELVES: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "favorites": ("Favourites", {"is_favorite": True}),
    "own": ("Made by me", {"is_imported": False, "import_source": ""}),
    "saved": ("Saved", {"import_source": COMMUNITY}),
    "shared": (
        "Shared",
        {"community_share__withdrawn_at": None, "community_share__isnull": False},
    ),
    "copying": ("Still copying", {"media_status": Session.MediaStatus.COPYING}),
    "failed": ("Failed", {"media_status": Session.MediaStatus.FAILED}),
}
SORTS = {
    "recent": "Newest",
    "oldest": "Oldest",
    "updated": "Changed last",
    "title": "Title",
}
FILTERS = ["sort", "search", "cursor"]
SESSIONS_A_PAGE = 24
ROWS_A_PAGE = 50


@login_required
@require_safe
def library(request) -> HttpResponse:
    shelf = request.GET.get("shelf", "all")
    shelf = shelf if shelf in SHELVES else "all"
    asked = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    filters = SessionsQuery.read(asked)
    ordering = SessionsQuery.ORDERINGS[filters.pop("sort")]
    del filters["limit"]
    cursor = filters.pop("cursor", None)
    sessions = search_library(request.user, **filters).filter(**SHELVES[shelf][1])
    page = Pages(*ordering, limit=SESSIONS_A_PAGE).page(as_shown(sessions), cursor)
    window = current_window()
    for session in page.rows:
        session.picture = cover_of(session, window)
    context = {
        "sessions": page.rows,
        "shelf": shelf,
        "shelves": {name: title for name, (title, _) in SHELVES.items()},
        "sorts": SORTS,
        "asked": asked,
        "used": used_by(request.user),
        "limit": limit_bytes(),
        "price": price_of_saving(request.user),
    }
    if following := page.cursors.get("next"):
        context["next"] = "?" + urlencode({"shelf": shelf, **asked, "cursor": following})
    return render(request, "pages/library.html", context)


@login_required
@require_POST
def favorite(request, pk: int) -> HttpResponse:
    session = own_session(request.user, pk)
    edit_session(session=session, is_favorite=request.POST.get("favorite") == "on")
    return redirect(back(request))


@login_required
@require_POST
def delete(request, pk: int) -> HttpResponse:
    session = own_session(request.user, pk)
    delete_session(session=session)
    messages.success(request, f"“{session.title}” is deleted.")
    return redirect("library")


def back(request) -> str:
    """Where in the library the form was; never another site."""
    return f"{reverse('library')}?{request.POST.get('query', '')}"


@login_required
@require_safe
def statement(request) -> HttpResponse:
    account = account_of(request.user)
    rows = CreditTransaction.objects.filter(account=account)
    page = Pages("-id", limit=ROWS_A_PAGE).page(rows, request.GET.get("cursor"))
    named = titles_of(request.user, page.rows)
    for row in page.rows:
        row.session = named.get(row.reference)
    context = {"account": account, "prices": prices_for(account), "rows": page.rows}
    if following := page.cursors.get("next"):
        context["next"] = "?" + urlencode({"cursor": following})
    return render(request, "pages/credits.html", context)


def titles_of(user, rows: list[CreditTransaction]) -> dict[str, Session]:
    """By a row's reference, the session in the person's library that it was for."""
    ids = [
        row.reference.removeprefix("session:")
        for row in rows
        if row.reference.startswith("session:")
    ]
    sessions = Session.objects.owned_by(user).filter(pk__in=ids).only("pk", "title")
    return {f"session:{session.pk}": session for session in sessions}
