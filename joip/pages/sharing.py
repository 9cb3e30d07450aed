"""What the forms about who sees a session do."""

from community.share_links import link_session, revoke_link
from community.sharing import edit_share, edit_shown_session, share_session, withdraw_session
from joip.pages.editor import deed
from sessions.ownership import own_session
from sessions.places import place_to_copy


@deed("sharing")
def share(request, pk: int) -> str:
    session = own_session(request.user, pk)
    with place_to_copy(request.user):
        share_session(session=session, **choices(request))
    return "Shared. People see it as it is now."


@deed("sharing")
def change_choices(request, pk: int) -> str:
    edit_share(session=own_session(request.user, pk), **choices(request))
    return "Saved."


def choices(request) -> dict[str, bool]:
    return {
        "allow_saves": request.POST.get("allowSaves") == "on",
        "allow_featuring": request.POST.get("allowFeaturing") == "on",
    }


@deed("sharing")
def withdraw(request, pk: int) -> str:
    withdraw_session(session=own_session(request.user, pk))
    return "Withdrawn. Copies that others saved live on."


@deed("sharing")
def show_members(request, pk: int) -> str:
    session = own_session(request.user, pk)
    is_public = request.POST.get("members") == "on"
    edit_shown_session(session=session, is_public=is_public)
    return "Members who know its number see it." if is_public else "Members see it no more."


@deed("sharing")
def change_link(request, pk: int) -> str:
    session = own_session(request.user, pk)
    if request.POST.get("link") == "on":
        link_session(session=session)
        return "The link is made."
    revoke_link(session=session)
    return "The link is revoked: it opens nothing any more."
