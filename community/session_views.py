"""/api/sessions and /api/sessions/:id: the library. Here, above `sessions`, since only the
community knows what is shared, and what staff have hidden.
"""

from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from community.audiences import as_shown, one_as_shown, session_as_shown
from community.lineage import SourceHidden
from community.session_serializers import (
    SessionChanges,
    SessionSerializer,
    SessionsQuery,
    SessionWithMediaSerializer,
)
from community.sharing import (
    SessionEmpty,
    SessionNotReady,
    edit_and_share_session,
    edit_and_withdraw_session,
    edit_shown_session,
)
from community.visibility import readable_sessions
from credits.ledger import CHARGE_REFUSALS
from joip.api.ids import read_session_id
from joip.api.openapi import described
from joip.api.paging import Pages
from sessions.copying import MediaCopyFailed, MediaCopyPostponed
from sessions.deletion import delete_session
from sessions.editing import create_session
from sessions.models import SessionQuerySet
from sessions.ownership import ONE_SESSION, own_session
from sessions.places import ServerBusy, place_to_copy
from sessions.search import search_library

SHARING = [
    SessionNotReady,
    SessionEmpty,
    SourceHidden,
    MediaCopyFailed,
    MediaCopyPostponed,
    ServerBusy,
]


class SessionsView(APIView):
    @described(
        "List your sessions",
        answer=SessionSerializer(many=True),
        query=SessionsQuery,
        has_total=True,
    )
    def get(self, request):
        """Lists the sessions in your library, filtered and sorted, in pages. The header
        `X-Total-Count` says how many there are on all pages.
        """
        asked = SessionsQuery.read(request.query_params.dict())
        ordering = SessionsQuery.ORDERINGS[asked.pop("sort")]
        pages = Pages(*ordering, limit=asked.pop("limit"))
        asked.pop("cursor", None)
        sessions = search_library(request.user, **asked)
        return pages.answer(request, as_shown(sessions), SessionSerializer, has_total=True)

    @described(
        "Create a session",
        answer=SessionSerializer,
        status=201,
        body=SessionChanges,
        refusals=[*CHARGE_REFUSALS, SessionEmpty],
    )
    def post(self, request):
        """Creates a session without media in your library. Costs the price that staff set for
        `session_create`. `shareToCommunity: true` is refused, since there are no slides yet.
        """
        fields = SessionChanges.read(request.data)
        if fields.pop("share_to_community", False):
            raise SessionEmpty
        session = create_session(user=request.user, **fields)
        shown = SessionSerializer(session_as_shown(session), context={"request": request})
        return Response(shown.data, status=201)


class SessionView(APIView):
    @described("Show a session", answer=SessionWithMediaSerializer, refusals=ONE_SESSION)
    def get(self, request, pk):
        """Shows one of your sessions, or a public session of another person, with its media."""
        readable = readable_sessions(request.user).filter(pk=read_session_id(pk))
        return Response(session_with_media(readable, request))

    @described(
        "Change a session",
        answer=SessionSerializer,
        body=SessionChanges,
        refusals=[*ONE_SESSION, *SHARING],
    )
    def patch(self, request, pk):
        """Changes the fields that are sent, and only these. `isPublic: false` also withdraws the
        session from the community; its link goes on working. `subreddits`, `aiPrompt` and
        `captionTheme` of an imported session cannot be changed.
        """
        session = own_session(request.user, read_session_id(pk))
        changes = SessionChanges.read(request.data, instance=session, partial=True)
        shares = changes.pop("share_to_community", None)
        with place_to_copy(request.user) if shares else nullcontext():
            changed = EDITS[shares](session=session, **changes)
        return Response(SessionSerializer(changed, context={"request": request}).data)

    @described("Delete a session", status=204, refusals=ONE_SESSION)
    def delete(self, request, pk):
        """Deletes the session for good, with its media, its community share and its link. Copies
        that others saved live on.
        """
        delete_session(session=own_session(request.user, read_session_id(pk)))
        return Response(status=204)


EDITS = {
    None: edit_shown_session,
    True: edit_and_share_session,
    False: edit_and_withdraw_session,
}


def session_with_media(sessions: SessionQuerySet, request: HttpRequest) -> dict[str, Any]:
    session = one_as_shown(sessions)
    shown = {"session": session, "media": session.media.all()}
    return SessionWithMediaSerializer(shown, context={"request": request}).data
