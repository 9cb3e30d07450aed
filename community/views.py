"""The community: the feed, saving what is in it, and reporting what should not be."""

from math import ceil

from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response
from rest_framework.views import APIView

from community.feed import feed_item, feed_page
from community.moderation import report_share
from community.saving import (
    NotSharedToCommunity,
    SavingNotAllowed,
    SessionNotFound,
    SourceKeepsChanging,
    save_session,
)
from community.serializers import (
    FeedItemWithMediaSerializer,
    FeedPageSerializer,
    FeedQuery,
    NewReport,
    SavedSerializer,
)
from credits.views import CHARGED
from joip.api import InvalidSessionId, session_id
from joip.openapi import described
from joip.serializers import SuccessSerializer
from sessions.claims import MediaCopyFailed
from sessions.views import ONE_SESSION

SAVED = {"success": True, "sessionId": 456, "reused": False}


class FeedView(APIView):
    @described("List community sessions", answer=FeedPageSerializer, query=FeedQuery)
    def get(self, request):
        """What is shared now, each as it was when it was shared. With filters, what fits all."""
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
        """With its slides, as it was when it was shared; what you would get by saving it."""
        item = feed_item(community_session_id=session_id(pk), viewer=request.user)
        return Response(FeedItemWithMediaSerializer({"session": item, "media": item.slides}).data)


class SaveView(APIView):
    @described(
        "Save Community Session",
        answer=SavedSerializer,
        refusals=[
            InvalidSessionId,
            SessionNotFound,
            NotSharedToCommunity,
            SavingNotAllowed,
            *CHARGED,
            MediaCopyFailed,
            SourceKeepsChanging,
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
        saved = save_session(
            community_session_id=session_id(pk),
            user=request.user,
            actor=request.user,
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
        """For staff to look at. One from each person: a later one changes nothing."""
        pk = session_id(pk)
        report_share(community_session_id=pk, user=request.user, **NewReport.read(request.data))
        return Response({"success": True}, status=201)
