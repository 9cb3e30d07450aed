"""The editor of a session, and how its forms answer."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_POST, require_safe

from community.audiences import session_as_shown
from community.models import CommunityShare, Decision, ShareLink
from joip.errors import Refusal
from joip.media.addresses import current_window
from joip.pages.pictures import picture_of
from joip.pages.refusals import refusal_in, words_for
from sessions.categories import Category
from sessions.models import Session
from sessions.ownership import own_session

ACCEPTED = (
    "image/jpeg,image/png,image/gif,image/webp,image/heic,video/mp4,video/webm,video/quicktime"
)

WORDS = {
    "private": "only you",
    "link": "you, and whoever has the link",
    "members": "every member who knows its number",
    "community": "everybody in the community",
}


@login_required
@require_safe
def editor(request, pk: int) -> HttpResponse:
    return show_editor(request, own_session(request.user, pk))


def show_editor(request, session: Session, *, refusal: Refusal | None = None) -> HttpResponse:
    session = session_as_shown(session)
    window = current_window()
    slides = list(session.media.all())
    for slide in slides:
        slide.picture = picture_of(slide, window)
    context = {
        "session": session,
        "slides": slides,
        "categories": Category.objects.order_by("name", "pk"),
        "transitions": Session.Transition.choices,
        "accepted": ACCEPTED,
        "refused": refusal and words_for(refusal),
        **audience_panel(request, session),
    }
    return render(request, "pages/editor.html", context, status=refusal.status if refusal else 200)


def audience_panel(request, session: Session) -> dict:
    """Who sees the session, which is `as_shown`, and what its author may do about it."""
    share = CommunityShare.objects.filter(session=session).select_related("snapshot").first()
    link = ShareLink.objects.filter(session=session).first()
    is_offered = share is not None and share.withdrawn_at is None
    snapshot = share.snapshot if share else None
    decided = Decision.objects.on_hiding().filter(share=share).order_by("-pk")
    return {
        "seen_by": WORDS[session.audience],
        "share": share,
        "is_offered": is_offered,
        "is_changed": is_offered and snapshot and snapshot.created_at < session.updated_at,
        "hidden_because": share and share.hidden_at and decided.first(),
        "link": link and request.build_absolute_uri(reverse("shared", args=[link.code])),
    }


def deed(view: Callable[..., str]) -> Callable[..., HttpResponse]:
    """A form's view: `view(request, pk, ...)` does it, and says where in the editor to go on.

    What it refuses is said in the editor. A script that sent the form gets a sentence only.
    """

    @login_required
    @require_POST
    def answer(request, pk: int, **more: int) -> HttpResponse:
        try:
            anchor = view(request, pk, **more)
        except Exception as error:
            refusal = refusal_in(error)
            if refusal is None:
                raise
            if is_htmx(request):
                return HttpResponse(escape(words_for(refusal)["problem"]), status=refusal.status)
            return show_editor(request, own_session(request.user, pk), refusal=refusal)
        if is_htmx(request):
            return HttpResponse("Saved.")
        return redirect(f"{reverse('editor', args=[pk])}#{anchor}")

    return answer


def is_htmx(request) -> bool:
    return request.headers.get("HX-Request") == "true"
