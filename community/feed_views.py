"""/api/community: the feed, one item, saving it, and reporting it."""

from math import ceil

from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response
from rest_framework.views import APIView

from community.feed import feed_item, feed_page
from community.feed_serializers import (
    FeedItemWithMediaSerializer,
    FeedPageSerializer,
    FeedQuery,
    SavedSerializer,
)
from community.moderation import report_share
from community.moderation_serializers import NewReport
from community.saving import (
    NotFoundOrNotPublic,
    NotSharedToCommunity,
    SavingNotAllowed,
    SessionChanging,
    save_session,
)
from credits.ledger import CHARGE_REFUSALS
from joip.api.ids import InvalidSessionId, read_session_id
from joip.api.openapi import described
from joip.api.serializers import SuccessSerializer
from sessions.copying import MediaCopyFailed, MediaCopyPostponed
from sessions.ownership import ONE_SESSION
from sessions.places import ServerBusy, place_to_save

SAVED = {"success": True, "sessionId": 456, "reused": False}


class FeedView(APIView):
    @described("List community sessions", answer=FeedPageSerializer, query=FeedQuery)
    def get(self, request):
        """Lists the sessions that are shared now, as they were when they were shared. Several
        filters list what matches all of them.
        """
        asked = FeedQuery.read(request.query_params.dict())
        del asked["contentType"]
        found = feed_page(viewer=request.user, **asked)
        page = {
            "items": found.items,
            "total": found.total,
            "totalCapped": found.is_capped,
            "page": asked["page"],
            "pageSize": asked["page_size"],
            "totalPages": ceil(found.total / asked["page_size"]),
        }
        return Response(FeedPageSerializer(page).data)


class FeedItemView(APIView):
    @described("Show a community session", answer=FeedItemWithMediaSerializer, refusals=ONE_SESSION)
    def get(self, request, pk):
        """Shows a shared session with its slides, as it was when it was shared: what saving it
        copies.
        """
        item = feed_item(community_session_id=read_session_id(pk), viewer=request.user)
        return Response(FeedItemWithMediaSerializer({"session": item, "media": item.slides}).data)


class SaveView(APIView):
    @described(
        "Save Community Session",
        answer=SavedSerializer,
        refusals=[
            InvalidSessionId,
            NotFoundOrNotPublic,
            NotSharedToCommunity,
            SavingNotAllowed,
            *CHARGE_REFUSALS,
            MediaCopyFailed,
            MediaCopyPostponed,
            SessionChanging,
            ServerBusy,
        ],
        examples=[
            OpenApiExample("New Save", value=SAVED),
            OpenApiExample("Already Saved", value=SAVED | {"reused": True}),
        ],
    )
    def post(self, request, pk):
        """This endpoint creates a copy of a community-shared session in your personal session
        library. The session media is copied to your storage, preserving all captions and order.
        """
        pk = read_session_id(pk)
        saved = save_session(
            community_session_id=pk,
            user=request.user,
            actor=request.user,
            place=place_to_save(request.user, pk),
        )
        return Response(saved.as_json())


class ReportView(APIView):
    @described(
        "Report a community session",
        answer=SuccessSerializer,
        status=201,
        body=NewReport,
        refusals=ONE_SESSION,
    )
    def post(self, request, pk):
        """Reports the session to staff. Each person has one report of a session; a later one
        changes nothing. `GET /api/reports` says whether staff have answered.
        """
        pk = read_session_id(pk)
        report_share(community_session_id=pk, user=request.user, **NewReport.read(request.data))
        return Response({"success": True}, status=201)
