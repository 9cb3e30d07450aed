from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from joip.api import InvalidMediaId, InvalidSessionId, JSONParser, media_id, session_id
from joip.openapi import described
from joip.paging import Pages
from sessions.deletion import delete_session
from sessions.editing import (
    MediaNotFound,
    delete_slide,
    edit_slide,
    reorder_slides,
)
from sessions.locks import SessionNotFound
from sessions.models import Category, Session, SessionMedia
from sessions.quota import StorageQuotaExceeded
from sessions.serializers import (
    CategorySerializer,
    ExternalMedia,
    SessionMediaSerializer,
    SessionSerializer,
    SessionsQuery,
    SlideChanges,
    SlideOrder,
    Upload,
)
from sessions.uploading import UploadFailed, UploadLimits, add_external_media, add_files

ONE_SESSION = [InvalidSessionId, SessionNotFound]
ONE_SLIDE = [*ONE_SESSION, InvalidMediaId, MediaNotFound]


def own_session(request, pk: str) -> Session:
    """Raises InvalidSessionId (400); SessionNotFound (404), also for another's, public or not."""
    session = Session.objects.owned_by(request.user).filter(pk=session_id(pk)).first()
    if session is None:
        raise SessionNotFound
    return session


def own_slide(request, pk: str, media_pk: str) -> SessionMedia:
    session = own_session(request, pk)
    slide = session.media.filter(pk=media_id(media_pk)).first()
    if slide is None:
        raise MediaNotFound
    return slide


def session_json(sessions: QuerySet) -> dict:
    """The only one of these sessions. Raises SessionNotFound (404)."""
    session = sessions.with_media_counts().with_first_slide().first()
    if session is None:
        raise SessionNotFound
    return SessionSerializer(session).data


class SessionsView(APIView):
    @described(
        "List your sessions",
        answer=SessionSerializer(many=True),
        query=SessionsQuery,
    )
    def get(self, request):
        asked = SessionsQuery.read(request.query_params.dict())
        ordering = SessionsQuery.ORDERINGS[asked.pop("sort")]
        pages = Pages(*ordering, limit=asked.pop("limit"))
        asked.pop("cursor", None)
        own = Session.objects.owned_by(request.user).with_media_counts().with_first_slide()
        return pages.answer(request, own.filter(**asked), SessionSerializer)


class SessionView(APIView):
    @described("Delete a session", status=204, refusals=ONE_SESSION)
    def delete(self, request, pk):
        """Its media and its community share go with it. Copies that others saved live on."""
        delete_session(session=own_session(request, pk))
        return HttpResponse(status=204)


class MediaView(APIView):
    parser_classes = [MultiPartParser, JSONParser]

    @described(
        "Add media",
        answer=SessionMediaSerializer(many=True),
        status=201,
        body={"multipart/form-data": Upload, "application/json": ExternalMedia},
        refusals=[
            *ONE_SESSION,
            StorageQuotaExceeded(used=5_242_880_000, limit=5_242_880_000, needed=1_048_576),
            UploadFailed,
        ],
    )
    def post(self, request, pk):
        """Files as a form, or, as JSON, addresses of media elsewhere, which are kept by reference.

        Pictures may be JPEG, PNG, GIF or WebP, videos MP4 or WebM, each of 100 MB at most; their
        content decides. They come last in the session, all of them or none.
        """
        session = own_session(request, pk)
        request.upload_handlers.insert(0, UploadLimits(request.user))
        if request.content_type.startswith("multipart/"):
            slides = add_files(session=session, **Upload.read(request.data))
        else:
            slides = add_external_media(session=session, **ExternalMedia.read(request.data))
        return Response(media_json(slides), status=201)


class MediaOrderView(APIView):
    @described(
        "Reorder media",
        answer=SessionMediaSerializer(many=True),
        body=SlideOrder,
        refusals=ONE_SESSION,
    )
    def put(self, request, pk):
        session = own_session(request, pk)
        asked = SlideOrder.read(request.data)
        reorder_slides(session=session, media_ids=asked["mediaIds"])
        return Response(media_json(session.media.all()))


class MediaItemView(APIView):
    @described(
        "Change a slide", answer=SessionMediaSerializer, body=SlideChanges, refusals=ONE_SLIDE
    )
    def patch(self, request, pk, media_pk):
        slide = own_slide(request, pk, media_pk)
        edit_slide(slide=slide, **SlideChanges.read(request.data, partial=True))
        return Response(SessionMediaSerializer(own_slide(request, pk, media_pk)).data)

    @described("Delete a slide", status=204, refusals=ONE_SLIDE)
    def delete(self, request, pk, media_pk):
        delete_slide(slide=own_slide(request, pk, media_pk))
        return HttpResponse(status=204)


class CategoriesView(APIView):
    @described("List categories", answer=CategorySerializer(many=True))
    def get(self, request):
        categories = Category.objects.order_by("name", "id")
        return Response(CategorySerializer(categories, many=True).data)


def media_json(slides) -> list:
    return SessionMediaSerializer(slides, many=True).data
