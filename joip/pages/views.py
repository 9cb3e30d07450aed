from django.http import Http404
from django.shortcuts import render

from community.share_links import preview
from joip.media.addresses import current_window
from sessions.media_serializers import first_thumbnail
from sessions.ownership import SessionNotFound


def home(request):
    return render(request, "pages/home.html")


def shared(request, code):
    """The page behind a link. It shows what the preview of the API shows."""
    try:
        session = preview(code=code, viewer=request.user)
    except SessionNotFound:
        raise Http404 from None
    context = {
        "session": session,
        "picture": first_thumbnail(session, current_window()),
        "creator": session.owner.public_name,
    }
    return render(request, "pages/shared.html", context)
