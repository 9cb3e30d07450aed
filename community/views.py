from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response
from rest_framework.views import APIView

from community.moderation import not_hidden_from
from community.saving import (
    NotSharedToCommunity,
    SessionNotFound,
    SourceKeepsChanging,
    save_session,
)
from community.serializers import SavedSerializer
from credits.ledger import InsufficientCredits
from credits.pricing import SESSION_CREATE, FeaturePricingMissing, PremiumOnly
from joip.api import InvalidSessionId, session_id
from joip.openapi import described
from sessions.claims import MediaCopyFailed
from sessions.views import SessionView

SAVED = {"success": True, "sessionId": 456, "reused": False}


class ReadView(SessionView):
    def visible_to(self, user):
        return not_hidden_from(user, super().visible_to(user))


class SaveView(APIView):
    @described(
        "Save Community Session",
        answer=SavedSerializer,
        refusals=[
            InvalidSessionId,
            SessionNotFound,
            NotSharedToCommunity,
            InsufficientCredits(required=10, current=5, feature_key=SESSION_CREATE),
            PremiumOnly(SESSION_CREATE),
            FeaturePricingMissing(SESSION_CREATE),
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
