from rest_framework.response import Response
from rest_framework.views import APIView

from community.moderation import not_hidden_from
from community.saving import save_session
from joip.api import session_id
from sessions.views import SessionView


class ReadView(SessionView):
    def visible_to(self, user):
        return not_hidden_from(user, super().visible_to(user))


class SaveView(APIView):
    def post(self, request, community_session_id):
        saved = save_session(
            community_session_id=session_id(community_session_id),
            user=request.user,
            actor=request.user,
        )
        return Response(saved.as_json())
