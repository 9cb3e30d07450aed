"""/api/sessions and /api/sessions/:id: the library. Here, above `sessions`, since only the
community knows what is shared, and what staff have hidden.
"""

from contextlib import nullcontext

from rest_framework.response import Response
from rest_framework.views import APIView

from community.session_serializers import (
    SessionChanges,
    SessionSerializer,
    SessionsQuery,
    SessionWithMediaSerializer,
)
from community.sharing import (
    SessionNotReady,
    create_and_share_session,
    edit_and_share_session,
    edit_and_withdraw_session,
)
from community.visibility import readable_sessions
from credits.ledger import CHARGE_REFUSALS
from joip.api.ids import read_session_id
from joip.api.openapi import described
from joip.api.paging import Pages
from sessions.copying import MediaCopyFailed, MediaCopyPostponed
from sessions.deletion import delete_session
from sessions.editing import create_session, edit_session
from sessions.models import Session, SessionQuerySet
from sessions.ownership import ONE_SESSION, SessionNotFound, own_session
from sessions.places import ServerBusy, place
from sessions.search import with_words

SHARING = [SessionNotReady, MediaCopyFailed, MediaCopyPostponed, ServerBusy]


class SessionsView(APIView):
    @described("List your sessions", answer=SessionSerializer(many=True), query=SessionsQuery)
    def get(self, request):
        """Lists the sessions in your library, filtered and sorted, in pages."""
        asked = SessionsQuery.read(request.query_params.dict())
        ordering = SessionsQuery.ORDERINGS[asked.pop("sort")]
        pages = Pages(*ordering, limit=asked.pop("limit"))
        asked.pop("cursor", None)
        search = asked.pop("search", "")
        sessions = Session.objects.owned_by(request.user).filter(**asked)
        if search:
            sessions = with_words(sessions, search)
        return pages.answer(request, sessions.as_shown(), SessionSerializer)

    @described(
        "Create a session",
        answer=SessionSerializer,
        status=201,
        body=SessionChanges,
        refusals=CHARGE_REFUSALS,
    )
    def post(self, request):
        """Creates a session without media in your library. Costs the price that staff set for
        `session_create`.
        """
        fields = SessionChanges.read(request.data)
        shares = fields.pop("share_to_community", False)
        create = create_and_share_session if shares else create_session
        session = create(user=request.user, **fields)
        return Response(SessionSerializer(as_shown(session)).data, status=201)


class SessionView(APIView):
    @described("Show a session", answer=SessionWithMediaSerializer, refusals=ONE_SESSION)
    def get(self, request, pk):
        """Shows one of your sessions, or a public session of another person, with its media."""
        readable = readable_sessions(request.user).filter(pk=read_session_id(pk))
        return Response(SessionWithMediaSerializer(with_media(readable)).data)

    @described(
        "Change a session",
        answer=SessionSerializer,
        body=SessionChanges,
        refusals=[*ONE_SESSION, *SHARING],
    )
    def patch(self, request, pk):
        """Changes the fields that are sent, and only these. `subreddits`, `aiPrompt` and
        `captionTheme` of an imported session cannot be changed.
        """
        session = own_session(request.user, read_session_id(pk))
        changes = SessionChanges.read(request.data, instance=session, partial=True)
        shares = changes.pop("share_to_community", None)
        with place(request.user) if shares else nullcontext():
            EDITS[shares](session=session, **changes)
        return Response(SessionSerializer(as_shown(session)).data)

    @described("Delete a session", status=204, refusals=ONE_SESSION)
    def delete(self, request, pk):
        """Deletes the session for good, with its media, its community share and its link. Copies
        that others saved live on.
        """
        delete_session(session=own_session(request.user, read_session_id(pk)))
        return Response(status=204)


EDITS = {None: edit_session, True: edit_and_share_session, False: edit_and_withdraw_session}


def as_shown(session: Session) -> Session:
    """The session as it is now, with what `SessionSerializer` shows."""
    return only(Session.objects.filter(pk=session.pk).as_shown())


def with_media(sessions: SessionQuerySet) -> dict:
    session = only(sessions.as_shown())
    return {"session": session, "media": session.media.all()}


def only(sessions: SessionQuerySet) -> Session:
    session = sessions.first()
    if session is None:
        raise SessionNotFound
    return session
