"""/api/sessions/:id/media: the slides of one's own sessions."""

from contextlib import closing

from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from joip.api.ids import InvalidMediaId, read_media_id, read_session_id
from joip.api.openapi import described
from sessions.editing import delete_slide, edit_slide, reorder_slides
from sessions.media_serializers import (
    ExternalMedia,
    SessionMediaSerializer,
    SlideChanges,
    SlideOrder,
    Upload,
)
from sessions.ownership import ONE_SESSION, MediaNotFound, own_session, own_slide
from sessions.places import ServerBusy, place
from sessions.quota import StorageQuotaExceeded
from sessions.upload_refusals import UPLOAD_REFUSALS, refused_if_it_fails
from sessions.uploading import UnnamedFile, UploadLimits, add_external_media, add_files

ONE_SLIDE = [*ONE_SESSION, InvalidMediaId, MediaNotFound]


class MediaView(APIView):
    parser_classes = [MultiPartParser]

    @described(
        "Add media",
        answer=SessionMediaSerializer(many=True),
        status=201,
        body={"multipart/form-data": Upload},
        refusals=[
            *ONE_SESSION,
            StorageQuotaExceeded(used=5_242_880_000, limit=5_242_880_000, needed=1_048_576),
            *UPLOAD_REFUSALS,
            ServerBusy,
        ],
    )
    def post(self, request, pk):
        """Adds slides at the end of the session, from uploaded files. All of them are added, or
        none.

        Files may be JPEG, PNG, GIF, WebP and HEIC pictures, MP4, QuickTime and WebM videos, of
        100 MB at most. Their content decides, not their name. HEIC becomes JPEG, QuickTime becomes
        MP4. Everything that says where, when or with what a file was made is removed.
        """
        session = own_session(request.user, read_session_id(pk))
        # A place before the body is read, which a slow client may delay.
        with place(request.user), closing(UnnamedFile()) as stored:
            request.upload_handlers = [UploadLimits(request.user), stored]
            with refused_if_it_fails(session):
                form = request.data
            slides = add_files(session=session, **Upload.read(form))
        return Response(SessionMediaSerializer(slides, many=True).data, status=201)


class ExternalMediaView(APIView):
    @described(
        "Add external media",
        answer=SessionMediaSerializer(many=True),
        status=201,
        body=ExternalMedia,
        refusals=ONE_SESSION,
    )
    def post(self, request, pk):
        """Adds slides at the end of the session that show media elsewhere. Their addresses are
        stored, and nothing is fetched. All of them are added, or none.
        """
        session = own_session(request.user, read_session_id(pk))
        slides = add_external_media(session=session, **ExternalMedia.read(request.data))
        return Response(SessionMediaSerializer(slides, many=True).data, status=201)


class MediaOrderView(APIView):
    @described(
        "Reorder media",
        answer=SessionMediaSerializer(many=True),
        body=SlideOrder,
        refusals=ONE_SESSION,
    )
    def put(self, request, pk):
        """Puts the slides of the session in the order of `mediaIds`."""
        session = own_session(request.user, read_session_id(pk))
        asked = SlideOrder.read(request.data)
        reorder_slides(session=session, media_ids=asked["mediaIds"])
        return Response(SessionMediaSerializer(session.media.all(), many=True).data)


class MediaItemView(APIView):
    @described(
        "Change a slide", answer=SessionMediaSerializer, body=SlideChanges, refusals=ONE_SLIDE
    )
    def patch(self, request, pk, media_pk):
        """Changes the caption of a slide, or makes it the thumbnail of its session."""
        slide = own_slide(request.user, read_session_id(pk), read_media_id(media_pk))
        slide = edit_slide(slide=slide, **SlideChanges.read(request.data, partial=True))
        return Response(SessionMediaSerializer(slide).data)

    @described("Delete a slide", status=204, refusals=ONE_SLIDE)
    def delete(self, request, pk, media_pk):
        """Deletes the slide and its file. The slides after it move up."""
        delete_slide(slide=own_slide(request.user, read_session_id(pk), read_media_id(media_pk)))
        return Response(status=204)
