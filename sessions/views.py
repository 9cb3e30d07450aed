from rest_framework.response import Response
from rest_framework.views import APIView

from joip.api import session_id
from joip.errors import Refusal
from sessions.models import Session
from sessions.serializers import SessionMediaSerializer, SessionSerializer


class SessionNotFound(Refusal):
    status = 404
    body = {"message": "Session not found"}


class SessionView(APIView):
    def visible_to(self, user):
        return Session.objects.visible_to(user)

    def get(self, request, pk):
        visible = self.visible_to(request.user).with_media_counts()
        session = visible.prefetch_related("media").filter(pk=session_id(pk)).first()
        if session is None:
            raise SessionNotFound
        return Response(
            {
                "session": SessionSerializer(session).data,
                "media": SessionMediaSerializer(session.media.all(), many=True).data,
            }
        )
