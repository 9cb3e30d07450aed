"""Sessions of one's library and what is shared of them: to the community, or by link."""

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from community.moderation import not_hidden_from
from community.serializers import (
    PreviewSerializer,
    RevokedSerializer,
    ShareChanges,
    SharedSessionChanges,
    ShareLinkSerializer,
    ShareOptions,
    ShareSerializer,
)
from community.share_links import (
    NotYoursToShare,
    link_session,
    linked_sessions,
    preview,
    revoke_link,
)
from community.sharing import (
    NeverShared,
    SessionNotReady,
    create_and_share,
    edit_and_share,
    set_allow_saves,
    share_of,
    share_session,
    withdraw_session,
)
from credits.views import CHARGED
from joip.api import session_id
from joip.openapi import described
from sessions.claims import MediaCopyFailed
from sessions.locks import SessionNotFound
from sessions.models import Session, SessionMedia
from sessions.serializers import SessionSerializer, SessionWithMediaSerializer
from sessions.views import (
    ONE_SESSION,
    SessionsView,
    SessionView,
    media_json,
    own_session,
    session_json,
)

SHARING = [SessionNotReady, MediaCopyFailed]


class LibraryView(SessionsView):
    @described(
        "Create a session",
        answer=SessionSerializer,
        status=201,
        body=SharedSessionChanges,
        refusals=CHARGED,
    )
    def post(self, request):
        """Costs what staff ask for `session_create`. The session is empty: fill it with media."""
        session = create_and_share(user=request.user, **SharedSessionChanges.read(request.data))
        return Response(session_json(Session.objects.filter(pk=session.pk)), status=201)


class LibrarySessionView(SessionView):
    @described("Show a session", answer=SessionWithMediaSerializer, refusals=ONE_SESSION)
    def get(self, request, pk):
        """Yours, or a public one."""
        return Response(session_with_media(readable_session(request, pk)))

    @described(
        "Change a session",
        answer=SessionSerializer,
        body=SharedSessionChanges,
        refusals=[*ONE_SESSION, *SHARING],
    )
    def patch(self, request, pk):
        """Only the fields that are sent change. `subreddits`, `aiPrompt` and `captionTheme` are
        locked on imported sessions.
        """
        session = own_session(request, pk)
        changes = SharedSessionChanges.read(request.data, instance=session, partial=True)
        edit_and_share(session=session, **changes)
        return Response(session_json(Session.objects.filter(pk=session.pk)))


class CommunityShareView(APIView):
    @described("Show a share", answer=ShareSerializer, refusals=[*ONE_SESSION, NeverShared])
    def get(self, request, pk):
        """What has become of your share: whether people see it, how often it was saved."""
        return Response(share_json(own_session(request, pk)))

    @described(
        "Share to the community",
        answer=ShareSerializer,
        body=ShareOptions,
        refusals=[*ONE_SESSION, *SHARING],
    )
    def post(self, request, pk):
        """Makes it public, and shares it as it is now; later changes are shared by sharing again.
        Until the new edition is whole, people get the one before.
        """
        session = own_session(request, pk)
        share = share_session(session=session, **ShareOptions.read(request.data))
        return Response(ShareSerializer(share).data)

    @described(
        "Change a share",
        answer=ShareSerializer,
        body=ShareChanges,
        refusals=[*ONE_SESSION, NeverShared],
    )
    def patch(self, request, pk):
        """What is shared stays as it is. Copies that people have are theirs."""
        session = own_session(request, pk)
        set_allow_saves(session=session, **ShareChanges.read(request.data))
        return Response(share_json(session))

    @described(
        "Withdraw from the community",
        answer=ShareSerializer,
        refusals=[*ONE_SESSION, NeverShared],
    )
    def delete(self, request, pk):
        """The session stays public, and saved copies live on."""
        session = own_session(request, pk)
        withdraw_session(session=session)
        return Response(share_json(session))


class ShareLinkView(APIView):
    @described(
        "Share by link", answer=ShareLinkSerializer, refusals=[*ONE_SESSION, NotYoursToShare]
    )
    def post(self, request, pk):
        """Makes it public. Who has the link sees its title and first picture; signed in, all.
        Asking again gives the same link.
        """
        session = readable_session(request, pk).first()
        if session is None:
            raise SessionNotFound
        if session.owner_id != request.user.pk:
            raise NotYoursToShare
        link = link_session(session=session)
        link.url = request.build_absolute_uri(reverse("shared", args=[link.code]))
        return Response(ShareLinkSerializer(link).data)

    @described("Revoke the link", answer=RevokedSerializer, refusals=ONE_SESSION)
    def delete(self, request, pk):
        """For good: a later link is another one."""
        session = own_session(request, pk)
        revoke_link(session=session)
        return Response({"success": True, "isPublic": session.is_public})


class SharedView(APIView):
    @described(
        "Show a linked session", answer=SessionWithMediaSerializer, refusals=[SessionNotFound]
    )
    def get(self, request, code):
        return Response(session_with_media(linked_sessions(code, request.user)))


class PreviewView(APIView):
    permission_classes = [AllowAny]

    @described(
        "Preview a linked session",
        answer=PreviewSerializer,
        refusals=[SessionNotFound],
        signed_in=False,
    )
    def get(self, request, code):
        return Response(PreviewSerializer(preview(code=code, viewer=request.user)).data)


def readable_session(request, pk: str) -> QuerySet:
    """Empty unless the person may read it. Raises InvalidSessionId (400)."""
    visible = Session.objects.visible_to(request.user).filter(pk=session_id(pk))
    return not_hidden_from(request.user, visible)


def session_with_media(sessions: QuerySet) -> dict:
    """Of the only one of these sessions. Raises SessionNotFound (404)."""
    session = session_json(sessions)
    media = SessionMedia.objects.filter(session=session["id"])
    return {"session": session, "media": media_json(media)}


def share_json(session: Session) -> dict:
    return ShareSerializer(share_of(session)).data
