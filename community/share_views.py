"""A session's share to the community and its link: /api/sessions/:id/community-share,
/api/sessions/:id/share and /api/shared/:code.
"""

from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from community.lineage import SourceHidden
from community.session_serializers import SessionWithMediaSerializer
from community.session_views import SHARING, session_with_media
from community.share_links import (
    NotYoursToShare,
    link_session,
    linked_sessions,
    preview,
    revoke_link,
)
from community.share_serializers import (
    PreviewSerializer,
    RevokedSerializer,
    ShareChanges,
    ShareLinkSerializer,
    ShareOptions,
    ShareSerializer,
)
from community.sharing import (
    NeverShared,
    edit_share,
    share_of,
    share_session,
    withdraw_session,
)
from community.visibility import readable_sessions
from joip.api.authentication import Unauthorized
from joip.api.ids import read_session_id
from joip.api.openapi import described
from sessions.ownership import ONE_SESSION, SessionNotFound, own_session
from sessions.places import place_to_copy


class CommunityShareView(APIView):
    @described("Show a share", answer=ShareSerializer, refusals=[*ONE_SESSION, NeverShared])
    def get(self, request, pk):
        """Shows whether people see your session in the community, and how often they saved it."""
        session = own_session(request.user, read_session_id(pk))
        return Response(ShareSerializer(share_of(session)).data)

    @described(
        "Share to the community",
        answer=ShareSerializer,
        body=ShareOptions,
        refusals=[*ONE_SESSION, *SHARING],
    )
    def post(self, request, pk):
        """Makes the session public and shares a snapshot of it: later changes are seen only after
        sharing again. Until a new snapshot is complete, people see the one before. A session
        without slides is refused.
        """
        session = own_session(request.user, read_session_id(pk))
        options = ShareOptions.read(request.data)
        with place_to_copy(request.user):
            share = share_session(session=session, **options)
        return Response(ShareSerializer(share).data)

    @described(
        "Change a share",
        answer=ShareSerializer,
        body=ShareChanges,
        refusals=[*ONE_SESSION, NeverShared],
    )
    def patch(self, request, pk):
        """Allows or forbids saving, and showing it on the home page. Copies that people have saved
        already are not affected.
        """
        session = own_session(request.user, read_session_id(pk))
        share = edit_share(session=session, **ShareChanges.read(request.data))
        return Response(ShareSerializer(share).data)

    @described(
        "Withdraw from the community",
        answer=ShareSerializer,
        refusals=[*ONE_SESSION, NeverShared],
    )
    def delete(self, request, pk):
        """Ends the share. The session is public or private as it was before it was shared; copies
        that people have saved live on.
        """
        session = own_session(request.user, read_session_id(pk))
        return Response(ShareSerializer(withdraw_session(session=session)).data)


class ShareLinkView(APIView):
    @described(
        "Share by link",
        answer=ShareLinkSerializer,
        refusals=[*ONE_SESSION, NotYoursToShare, SourceHidden],
    )
    def post(self, request, pk):
        """Makes a link to the session; the same link when asked again. Everybody who has the link
        sees the title and the first picture, and, signed in, the whole session, also while it is
        not public. This does not make it public.
        """
        session = readable_sessions(request.user).filter(pk=read_session_id(pk)).first()
        if session is None:
            raise SessionNotFound
        if session.owner_id != request.user.pk:
            raise NotYoursToShare
        link = link_session(session=session)
        return Response(ShareLinkSerializer(link, context={"request": request}).data)

    @described("Revoke the link", answer=RevokedSerializer, refusals=ONE_SESSION)
    def delete(self, request, pk):
        """Revokes the link for good: sharing by link again makes a different one. Whether the
        session is public, or shared to the community, does not change.
        """
        session = revoke_link(session=own_session(request.user, read_session_id(pk)))
        left = {"isPublic": session.is_public, "audience": session.audience}
        return Response({"success": True, **left})


class SharedView(APIView):
    @described(
        "Show a linked session", answer=SessionWithMediaSerializer, refusals=[SessionNotFound]
    )
    def get(self, request, code):
        """Shows the session behind a link, with its media."""
        linked = linked_sessions(code, request.user)
        return Response(session_with_media(linked, request))


class PreviewView(APIView):
    permission_classes = [AllowAny]

    @described(
        "Preview a linked session",
        answer=PreviewSerializer,
        refusals=[SessionNotFound, Unauthorized],  # 401 for a token that is not valid
        signed_in=False,
    )
    def get(self, request, code):
        """Shows the title and the first picture of the session behind a link, to anybody."""
        return Response(PreviewSerializer(preview(code=code, viewer=request.user)).data)
