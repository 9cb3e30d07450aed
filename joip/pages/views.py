from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from community.featuring import featured_items
from community.share_links import preview
from joip.media.addresses import current_window
from joip.pages.pictures import stored_cover_of
from joip.pages.previews import preview_tags


@require_safe
def home(request):
    if request.user.is_authenticated:
        return redirect("feed")
    window = current_window()
    items = list(featured_items())
    for item in items:
        item.picture = stored_cover_of(item, window)
    return render(
        request,
        "pages/home.html",
        {"items": items, "registration_open": settings.REGISTRATION_OPEN},
    )


@require_safe
def shared(request, code):
    """The page behind a link. It shows what the preview of the API shows."""
    session = preview(code=code, viewer=request.user)
    creator = session.owner.public_name
    cover = reverse("shared_cover", args=[code])
    context = {
        "code": code,
        "session": session,
        "picture": stored_cover_of(session, current_window()),
        "creator": creator,
        "preview": preview_tags(request, session, page=request.path, cover=cover, creator=creator),
    }
    return render(request, "pages/shared.html", context)
