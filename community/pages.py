from django.http import Http404
from django.shortcuts import render

from community.share_links import preview
from joip.display_names import display_name
from sessions.locks import SessionNotFound
from sessions.serializers import first_thumbnail


def shared(request, code):
    """The page behind a link: what the preview shows, to whoever opens it in a browser."""
    try:
        session = preview(code=code, viewer=request.user)
    except SessionNotFound:
        raise Http404 from None
    shown = {
        "session": session,
        "picture": first_thumbnail(session),
        "creator": display_name(session.owner),
    }
    return render(request, "shared.html", shown)
