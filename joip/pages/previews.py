"""What other sites and messengers show of a page to which somebody links there."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from community.featuring import featured_item
from community.share_links import preview
from joip.media.addresses import current_window
from joip.pages.pictures import stored_cover_of
from sessions.models import Session


def preview_tags(request, session: Session, *, page: str, cover: str, creator: str) -> dict:
    """For `pages/preview_tags.html`. `cover` is an address that leads to that of the moment:
    other sites read the picture later than the page.
    """
    picture = stored_cover_of(session, current_window())
    return {
        "title": session.title,
        "creator": creator,
        "address": request.build_absolute_uri(page),
        "picture": picture.address and picture,
        "cover": request.build_absolute_uri(cover),
    }


def featured_preview(request, item: Session) -> dict:
    pk = item.shown_by.pk
    return preview_tags(
        request,
        item,
        page=reverse("play_item", args=[pk]),
        cover=reverse("featured_cover", args=[pk]),
        creator=item.shown_by.session.owner.public_name,
    )


@require_safe
def shared_cover(request, code: str) -> HttpResponse:
    return to_cover(preview(code=code, viewer=request.user))


@require_safe
def featured_cover(request, pk: int) -> HttpResponse:
    return to_cover(featured_item(community_session_id=pk))


def to_cover(session: Session) -> HttpResponse:
    address = stored_cover_of(session, current_window()).address
    if address is None:
        raise Http404
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return HttpResponseRedirect(address, headers=headers)
