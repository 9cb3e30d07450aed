"""What the editor's forms do: its settings and its slides."""

from contextlib import closing

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from rest_framework import serializers

from community.session_serializers import SessionChanges
from joip.api.serializers import StrictSerializer
from joip.media.addresses import current_window
from joip.pages.editor import deed
from joip.pages.pictures import picture_of
from joip.pages.refusals import wants_words
from sessions.editing import arrange_slides, delete_slide, edit_session, edit_slide, move_slide
from sessions.media_serializers import SlideChanges, SlideOrder, Upload
from sessions.models import SessionMedia
from sessions.ownership import own_session, own_slide
from sessions.places import place
from sessions.upload_refusals import refused_if_it_fails
from sessions.uploading import MAX_SLIDES, UnnamedFile, UploadLimits, add_files

SETTINGS = ["title", "categoryId", "intervalMin", "intervalMax", "transition"]


class NewPlace(StrictSerializer):
    to = serializers.IntegerField(min_value=1, max_value=MAX_SLIDES)


@deed("settings")
def change_settings(request, pk: int) -> str:
    session = own_session(request.user, pk)
    sent = {name: request.POST[name] for name in SETTINGS if name in request.POST}
    if sent.get("categoryId") == "":
        sent["categoryId"] = None
    changes = SessionChanges.read(sent, instance=session, partial=True)
    edit_session(session=session, **changes)
    return "Saved."


@csrf_exempt  # or its check would read the body before the upload handlers are set
def upload(request, pk: int) -> HttpResponse:
    if not request.user.is_authenticated or request.method != "POST":
        return receive(request, pk=pk)
    with place(request.user), closing(UnnamedFile()) as stored:
        request.upload_handlers = [UploadLimits(request.user), stored]
        return receive(request, pk=pk)


@csrf_protect
@deed("slides")
def receive(request, pk: int) -> SessionMedia | HttpResponse:
    """A script sends one file a request, and gets the new slide to put into the page."""
    session = own_session(request.user, pk)
    with refused_if_it_fails(session):
        files = request.FILES.getlist("files")
    fields = Upload.read({"files": files})
    slide, *_ = add_files(session=session, **fields)
    if not wants_words(request):
        return slide
    slide.picture = picture_of(slide, current_window())
    context = {"session": session, "slide": slide, "total": slide.order + 1}
    return render(request, "pages/slide.html", context)


@deed("slides")
def change_slide(request, pk: int, slide_pk: int) -> SessionMedia:
    slide = own_slide(request.user, pk, slide_pk)
    changes = SlideChanges.read({"caption": request.POST.get("caption", "")}, partial=True)
    return edit_slide(slide=slide, **changes)


@deed("slides")
def make_cover(request, pk: int, slide_pk: int) -> SessionMedia:
    return edit_slide(slide=own_slide(request.user, pk, slide_pk), is_thumbnail=True)


@deed("slides")
def remove_slide(request, pk: int, slide_pk: int) -> str:
    delete_slide(slide=own_slide(request.user, pk, slide_pk))
    return "The slide is deleted."


@deed("slides")
def change_place(request, pk: int, slide_pk: int) -> SessionMedia:
    """To the place `to`, counted from 1 as people do."""
    slide = own_slide(request.user, pk, slide_pk)
    move_slide(slide=slide, order=NewPlace.read({"to": request.POST.get("to", "")})["to"] - 1)
    return slide


@deed("slides")
def arrange(request, pk: int) -> str:
    """Files that are sent at once arrive in any order; a script says in which they were chosen."""
    sent = SlideOrder.read({"mediaIds": request.POST.getlist("slide")})
    arrange_slides(session=own_session(request.user, pk), media_ids=sent["mediaIds"])
    return "Saved."
