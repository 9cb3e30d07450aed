"""The editor of a session, and how its forms answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from community.audiences import session_as_shown
from joip.errors import Refusal
from joip.media.addresses import current_window
from joip.media.incoming.reading import MAX_FILE_BYTES
from joip.pages.audience import audience_panel
from joip.pages.pictures import picture_of
from joip.pages.refusals import (
    answered_in_words,
    refusal_in,
    retry_later,
    sentence_for,
    signed_out,
    wants_words,
    words_for,
)
from sessions.categories import Category
from sessions.models import Session, SessionMedia
from sessions.ownership import own_session

ACCEPTED = (
    "image/jpeg,image/png,image/gif,image/webp,image/heic,video/mp4,video/webm,video/quicktime"
)
SLIDES_A_PAGE = 100


@login_required
@require_safe
def editor(request, pk: int) -> HttpResponse:
    return show_editor(request, own_session(request.user, pk))


def show_editor(
    request,
    session: Session,
    *,
    refusal: Refusal | None = None,
    done: str = "",
    section: str = "",
    slide_pk: int | None = None,
) -> HttpResponse:
    """What is `done`, and a `refusal`, is said in the section, or beside the slide."""
    session = session_as_shown(session)
    context = {
        "session": session,
        "slides": page_of_slides(request, session, slide_pk),
        "total": session.media_count,
        "categories": Category.objects.order_by("name", "pk"),
        "transitions": Session.Transition.choices,
        "accepted": ACCEPTED,
        "max_bytes": MAX_FILE_BYTES,
        "section": section,
        "done": done,
        **audience_panel(request, session),
    }
    if refusal is None:
        return render(request, "pages/editor.html", context)
    context |= {"refused": words_for(refusal), "slide_pk": slide_pk}
    if section == "settings":
        context["sent"] = request.POST
    for slide in context["slides"]:
        if slide.pk == slide_pk and "caption" in request.POST:
            slide.caption = request.POST["caption"]  # what was written is not lost
    answer = render(request, "pages/editor.html", context, status=refusal.status)
    return retry_later(answer, refusal)


def page_of_slides(request, session: Session, slide_pk: int | None) -> "Page[SessionMedia]":
    number: Any = request.GET.get("page")
    if slide_pk and (slide := session.media.filter(pk=slide_pk).first()):
        number = page_number(slide)
    page = Paginator(session.media.all(), SLIDES_A_PAGE).get_page(number)
    window = current_window()
    page.object_list = list(page.object_list)
    for slide in page.object_list:
        slide.picture = picture_of(slide, window)
    return page


def page_number(slide: SessionMedia) -> int:
    return slide.order // SLIDES_A_PAGE + 1


def go_on_at(slide: SessionMedia) -> HttpResponse:
    slide.refresh_from_db(fields=["order"])
    number = page_number(slide)
    query = f"?page={number}" if number > 1 else ""
    return redirect(f"{reverse('editor', args=[slide.session_id])}{query}#slide-{slide.pk}")


def deed(section: str) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """A form's view in this section: `view(request, pk, ...)` does it, and returns the slide to go
    on at, a sentence that says what was done, or an answer of its own.

    What it refuses is said in the editor. A script that asks for words gets a sentence only.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @require_POST
        def answer(request, pk: int, **more: int) -> HttpResponse:
            address = reverse("editor", args=[pk])
            if not request.user.is_authenticated:
                return signed_out(request) or redirect_to_login(address)
            try:
                done = view(request, pk, **more)
            except Exception as error:
                refusal = refusal_in(error)
                if refusal is None:
                    raise
                return refuse(request, refusal, pk, section, more.get("slide_pk"))
            if isinstance(done, HttpResponse):
                return done
            if isinstance(done, SessionMedia):
                return answered_in_words("Saved.") if wants_words(request) else go_on_at(done)
            return say_done(request, done, pk, section)

        return answer

    return decorate


def say_done(request, sentence: str, pk: int, section: str) -> HttpResponse:
    if wants_words(request):
        return answered_in_words(sentence)
    if request.headers.get("HX-Request") == "true":
        session = own_session(request.user, pk)
        return show_editor(request, session, section=section, done=sentence)
    messages.success(request, sentence)
    return redirect(f"{reverse('editor', args=[pk])}#{section}")


def refuse(request, refusal: Refusal, pk: int, section: str, slide_pk: int | None) -> HttpResponse:
    if wants_words(request):
        answer = answered_in_words(sentence_for(refusal), status=refusal.status)
        return retry_later(answer, refusal)
    session = own_session(request.user, pk)
    return show_editor(request, session, refusal=refusal, section=section, slide_pk=slide_pk)
