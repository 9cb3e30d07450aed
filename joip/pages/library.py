"""The library: a person's own sessions."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from community.audiences import as_shown, session_as_shown
from community.feed import price_of_saving
from community.saving import save_session
from community.session_serializers import SessionChanges, SessionsQuery
from joip.api.paging import Pages
from joip.errors import Refusal
from joip.media.addresses import current_window
from joip.pages.pictures import cover_of
from joip.pages.refusals import (
    answered_in_words,
    refusal_in,
    retry_later,
    signed_out,
    wants_words,
    words_for,
)
from sessions.deletion import delete_session
from sessions.editing import create_session, edit_session
from sessions.import_urls import COMMUNITY
from sessions.models import Session
from sessions.ownership import own_session
from sessions.places import place_to_save
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


@login_required
@require_safe
def library(request) -> HttpResponse:
    return show_library(request)


def show_library(request, *, refusal: Refusal | None = None, pk: int | None = None) -> HttpResponse:
    """A `refusal` is said beside the session with this id, or beside the form for a new one."""
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
        "refused": refusal and words_for(refusal),
        "refused_pk": pk,
    }
    if following := page.cursors.get("next"):
        context["next"] = "?" + urlencode({"shelf": shelf, **asked, "cursor": following})
    answer = render(
        request, "pages/library.html", context, status=refusal.status if refusal else 200
    )
    return retry_later(answer, refusal) if refusal else answer


@login_required
@require_POST
def create(request) -> HttpResponse:
    try:
        fields = SessionChanges.read({"title": request.POST.get("title", "")})
        session = create_session(user=request.user, **fields)
    except Exception as error:
        refusal = refusal_in(error)
        if refusal is None:
            raise
        return show_library(request, refusal=refusal)
    return redirect("editor", session.pk)


@login_required
@require_POST
def favorite(request, pk: int) -> HttpResponse:
    session = own_session(request.user, pk)
    is_favorite = request.POST.get("favorite") == "on"
    edit_session(session=session, is_favorite=is_favorite)
    if request.headers.get("HX-Request") == "true":
        session.is_favorite = is_favorite
        return render(request, "pages/favorite.html", {"session": session})
    return redirect(back(request))


@login_required
@require_safe
def progress(request, pk: int) -> HttpResponse:
    """Asked again and again by a page that shows a copy under way."""
    session = session_as_shown(own_session(request.user, pk))
    context = {"session": session, "price": price_of_saving(request.user)}
    return render(request, "pages/copy_state.html", context)


@login_required
@require_POST
def retry(request, pk: int) -> HttpResponse:
    """Save again what could not be copied."""
    session = own_session(request.user, pk)
    if session.saved_from_id is None:
        raise Http404
    try:
        save_session(
            community_session_id=session.saved_from_id,
            user=request.user,
            actor=request.user,
            place=place_to_save(request.user, session.saved_from_id),
        )
    except Refusal as refusal:
        return show_library(request, refusal=refusal, pk=pk)
    messages.success(request, f"“{session.title}” is saved.")
    return redirect(back(request))


@require_POST
def delete(request, pk: int) -> HttpResponse:
    if not request.user.is_authenticated:
        return signed_out(request) or redirect_to_login(reverse("library"))
    session = own_session(request.user, pk)
    delete_session(session=session)
    said = f"“{session.title}” is deleted."
    if wants_words(request):
        return answered_in_words(said)
    messages.success(request, said)
    return redirect("library")


def back(request) -> str:
    """Where in the library the form was; never another site."""
    return f"{reverse('library')}?{request.POST.get('query', '')}"
