"""What the forms about who sees a session do."""

from django.contrib import messages

from community.share_links import link_session, revoke_link
from community.sharing import edit_share, edit_shown_session, share_session, withdraw_session
from joip.pages.editor import deed
from sessions.ownership import own_session
from sessions.places import place


@deed
def share(request, pk: int) -> str:
    session = own_session(request.user, pk)
    with place(request.user):
        share_session(session=session, **choices(request))
    return "sharing"


@deed
def change_choices(request, pk: int) -> str:
    edit_share(session=own_session(request.user, pk), **choices(request))
    messages.success(request, "Saved.")
    return "sharing"


def choices(request) -> dict[str, bool]:
    return {
        "allow_saves": request.POST.get("allowSaves") == "on",
        "allow_featuring": request.POST.get("allowFeaturing") == "on",
    }


@deed
def withdraw(request, pk: int) -> str:
    withdraw_session(session=own_session(request.user, pk))
    return "sharing"


@deed
def show_members(request, pk: int) -> str:
    session = own_session(request.user, pk)
    edit_shown_session(session=session, is_public=request.POST.get("members") == "on")
    return "sharing"


@deed
def change_link(request, pk: int) -> str:
    session = own_session(request.user, pk)
    change = link_session if request.POST.get("link") == "on" else revoke_link
    change(session=session)
    return "sharing"
