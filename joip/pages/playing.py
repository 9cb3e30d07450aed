"""The player, whole window. It plays what the API shows, and asks the API for new addresses.

What is featured plays for the signed-out too: with less of its data, and a source of its own.
"""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from community.featuring import featured_item, featured_items
from community.feed import feed_item
from community.feed_serializers import FeaturedItemWithMediaSerializer, FeedItemWithMediaSerializer
from community.models import CommunityShare
from community.ranking import ORDERINGS
from community.session_views import session_with_media
from community.share_links import linked_sessions
from joip.pages.previews import featured_preview
from sessions.models import Session
from sessions.ownership import SessionNotFound


@require_safe
def play_item(request, pk):
    if not request.user.is_authenticated:
        return play_featured(request, pk)
    item = feed_item(community_session_id=pk, viewer=request.user)
    shown = FeedItemWithMediaSerializer({"session": item, "media": item.slides}).data
    source = f"/api/community/sessions/{pk}"
    return player(request, shown, source, item=item, next_id=next_in_feed(item.shown_by))


def play_featured(request, pk):
    try:
        item = featured_item(community_session_id=pk)
    except SessionNotFound:
        return redirect_to_login(request.get_full_path())
    more = {
        "page": reverse("home"),
        "preview": featured_preview(request, item),
        "next_id": next_featured(item.shown_by),
        "page_to_save": reverse("item", args=[pk]),
    }
    return player(request, played(item), reverse("featured_slides", args=[pk]), **more)


@require_safe
def featured_slides(request, pk):
    """Where the player of the signed-out asks for new addresses."""
    item = featured_item(community_session_id=pk)
    return JsonResponse(played(item), headers={"Cache-Control": "no-store"})


def played(item: Session) -> dict:
    return FeaturedItemWithMediaSerializer({"session": item, "media": item.slides}).data


@login_required
@require_safe
def play_own(request, pk):
    own = Session.objects.owned_by(request.user).filter(pk=pk)
    return play_session(request, own, f"/api/sessions/{pk}")


@login_required
@require_safe
def play_shared(request, code):
    return play_session(request, linked_sessions(code, request.user), f"/api/shared/{code}")


def play_session(request, sessions, source):
    return player(request, session_with_media(sessions, request), source)


def player(request, shown, source, **more):
    """`shown` is what `source` answers: a session and its slides."""
    context = {
        "shown": shown,
        "source": source,
        "autoplay": request.GET.get("autoplay") == "1",
        "loop": request.GET.get("loop") == "1",
        "page": request.path.removesuffix("/play"),
        **more,
    }
    return render(request, "pages/play.html", context)


def next_in_feed(share: CommunityShare) -> int | None:
    """The id of the share below this one in the feed's order `new`."""
    later = CommunityShare.objects.open().filter(shared_at__lte=share.shared_at)
    later = later.exclude(shared_at=share.shared_at, pk__gte=share.pk)
    return later.order_by(*ORDERINGS["new"]).values_list("pk", flat=True).first()


def next_featured(share: CommunityShare) -> int | None:
    later = featured_items().filter(shown_by__featured_place__gt=share.featured_place)
    return later.values_list("shown_by", flat=True).first()
