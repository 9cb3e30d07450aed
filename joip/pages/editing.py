"""What the editor's forms do: a new session, its settings and its slides."""

from contextlib import closing

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from community.session_serializers import SessionChanges
from joip.errors import InvalidFields
from joip.pages.editor import deed
from sessions.editing import create_session, delete_slide, edit_session, edit_slide, reorder_slides
from sessions.media_serializers import SlideChanges, Upload
from sessions.ownership import own_session, own_slide
from sessions.places import place
from sessions.upload_refusals import refused_if_it_fails
from sessions.uploading import UnnamedFile, UploadLimits, add_files

SETTINGS = ["title", "categoryId", "intervalMin", "intervalMax", "transition"]


@login_required
@require_POST
def create(request) -> HttpResponse:
    fields = SessionChanges.read({"title": request.POST.get("title", "")})
    session = create_session(user=request.user, **fields)
    return redirect("editor", session.pk)


@deed
def change_settings(request, pk: int) -> str:
    session = own_session(request.user, pk)
    sent = {name: request.POST[name] for name in SETTINGS if name in request.POST}
    if sent.get("categoryId") == "":
        sent["categoryId"] = None
    changes = SessionChanges.read(sent, instance=session, partial=True)
    edit_session(session=session, **changes)
    messages.success(request, "Saved.")
    return "settings"


@csrf_exempt  # or its check would read the body before the upload handlers are set
def upload(request, pk: int) -> HttpResponse:
    if not request.user.is_authenticated or request.method != "POST":
        return receive(request, pk=pk)
    with place(request.user), closing(UnnamedFile()) as stored:
        request.upload_handlers = [UploadLimits(request.user), stored]
        return receive(request, pk=pk)


@csrf_protect
@deed
def receive(request, pk: int) -> str:
    session = own_session(request.user, pk)
    with refused_if_it_fails(session):
        files = request.FILES.getlist("files")
    fields = Upload.read({"files": files})
    slides = add_files(session=session, **fields)
    return f"slide-{slides[0].pk}"


@deed
def change_slide(request, pk: int, slide_pk: int) -> str:
    slide = own_slide(request.user, pk, slide_pk)
    changes = SlideChanges.read({"caption": request.POST.get("caption", "")}, partial=True)
    edit_slide(slide=slide, **changes)
    return f"slide-{slide_pk}"


@deed
def make_cover(request, pk: int, slide_pk: int) -> str:
    edit_slide(slide=own_slide(request.user, pk, slide_pk), is_thumbnail=True)
    return f"slide-{slide_pk}"


@deed
def remove_slide(request, pk: int, slide_pk: int) -> str:
    delete_slide(slide=own_slide(request.user, pk, slide_pk))
    return "slides"


@deed
def move_slide(request, pk: int, slide_pk: int) -> str:
    """To the place `to`, counted from 1 as people do."""
    slide = own_slide(request.user, pk, slide_pk)
    others = slide.session.media.exclude(pk=slide_pk)
    ids = list(others.values_list("pk", flat=True))
    to = request.POST.get("to", "")
    if not (to.isascii() and to.isdigit() and len(to) < 5):
        raise InvalidFields({"to": ["A number from 1 to the number of slides."]})
    ids.insert(max(0, int(to) - 1), slide_pk)
    reorder_slides(session=slide.session, media_ids=ids)
    return f"slide-{slide_pk}"
