from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from community.share_links import preview
from joip.media.addresses import current_window
from joip.pages.pictures import picture_of
from sessions.media_serializers import first_slide


@require_safe
def home(request):
    if request.user.is_authenticated:
        return redirect("feed")
    return render(request, "pages/home.html")


@require_safe
def shared(request, code):
    """The page behind a link. It shows what the preview of the API shows."""
    session = preview(code=code, viewer=request.user)
    slide = first_slide(session)
    if slide and slide.external_url:
        slide = None  # another site would learn who looks at the page
    context = {
        "code": code,
        "session": session,
        "picture": picture_of(slide, current_window()),
        "creator": session.owner.public_name,
    }
    return render(request, "pages/shared.html", context)
