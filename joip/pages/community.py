"""What people share: the feed, a creator's shares, one item, and saving it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from community.feed import feed_item, feed_page
from community.feed_serializers import FeedQuery
from community.models import Reason
from community.moderation import report_share
from community.moderation_serializers import NewReport
from community.saving import save_session
from joip.errors import Refusal
from joip.media.addresses import current_window
from joip.pages.pictures import cover_of, hero_of, picture_of
from joip.pages.previews import featured_preview
from joip.pages.refusals import words_for
from joip.users.models import User
from sessions.categories import Category
from sessions.media_serializers import thumbnail_slide
from sessions.models import Session
from sessions.ownership import SessionNotFound
from sessions.places import place_to_save

SORTS = {"new": "New", "hot": "Hot", "top": "Most saved"}
FILTERS = ["sort", "search", "categorySlug", "subreddit"]
ITEMS_A_PAGE = 20
MAX_ITEMS_AT_ONCE = 100


@login_required
@require_safe
def feed(request) -> HttpResponse:
    asked = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    context = {
        **page_of_feed(request, **asked),
        "sorts": SORTS,
        "categories": Category.objects.order_by("name", "pk"),
        "asked": asked,
    }
    return render(request, "pages/feed.html", context)


@login_required
@require_safe
def creator(request, pk: int) -> HttpResponse:
    person = User.objects.filter(pk=pk, is_active=True).first()
    context = page_of_feed(request, creatorId=str(pk))
    if person is None or not context["total"]:
        raise Http404  # who shares nothing is not known to exist
    return render(request, "pages/creator.html", context | {"creator": person})


def page_of_feed(request, **asked: str) -> dict:
    """The items, the address of the `next` ones, and one that shows all up to those (`kept`)."""
    pages = {name: request.GET[name] for name in ("page", "pageSize") if request.GET.get(name)}
    filters = FeedQuery.read(asked | pages)
    del filters["contentType"]
    found = feed_page(viewer=request.user, **filters)
    with_covers(found.items)
    context = {"items": found.items, "total": found.total}
    shown = filters["page"] * filters["page_size"]
    if shown < found.total:
        asked.pop("creatorId", None)
        following = {"page": shown // ITEMS_A_PAGE + 1}
        size = shown + ITEMS_A_PAGE
        all_so_far = {"pageSize": size} if size <= MAX_ITEMS_AT_ONCE else following
        context["next"] = "?" + urlencode(asked | following)
        context["kept"] = "?" + urlencode(asked | all_so_far)
    return context


def with_covers(sessions: list[Session]) -> None:
    window = current_window()
    for session in sessions:
        session.picture = cover_of(session, window)


@login_required
@require_safe
def item(request, pk: int) -> HttpResponse:
    return show_item(request, pk)


def show_item(request, pk: int, *, refusal: Refusal | None = None) -> HttpResponse:
    found = feed_item(community_session_id=pk, viewer=request.user)
    window = current_window()
    for slide in found.slides:
        slide.picture = picture_of(slide, window)
    found.picture = hero_of(thumbnail_slide(found), window)
    copies = Session.objects.owned_by(request.user).saved_from(pk).with_media_counts()
    copy = copies.select_related("charge").first()
    context = {
        "item": found,
        "copy": copy,
        "paid": -copy.charge.amount if copy and copy.charge else 0,
        "reasons": Reason.choices,
        "refused": refusal and words_for(refusal),
        "preview": found.shown_by.featured_place and featured_preview(request, found),
    }
    return render(request, "pages/item.html", context, status=refusal.status if refusal else 200)


@login_required
@require_POST
def save(request, pk: int) -> HttpResponse:
    try:
        save_session(
            community_session_id=pk,
            user=request.user,
            actor=request.user,
            place=place_to_save(request.user, pk),
        )
    except Refusal as refusal:
        try:
            return show_item(request, pk, refusal=refusal)
        except SessionNotFound:
            raise refusal from None
    return redirect("item", pk)


@login_required
@require_POST
def report(request, pk: int) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("reason", "text")}
    report_share(community_session_id=pk, user=request.user, **NewReport.read(said))
    messages.success(request, "Thank you. Staff will look at it.")
    return redirect("item", pk)
