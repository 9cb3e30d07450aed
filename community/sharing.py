"""Sharing to the community: a frozen edition of a session, which people see and save."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from community.models import CommunityShare, SearchEntry, hot_score
from community.search import searched_in
from joip.errors import Refusal
from sessions.claims import FAILED, READY, begin_copy
from sessions.copying import copy_media
from sessions.deletion import retire_snapshots
from sessions.editing import create_session, edit_session
from sessions.locks import lock_person, lock_session
from sessions.models import Session


class SessionNotReady(Refusal):
    status = 409
    body = {
        "error": "Only a session whose media are complete can be shared",
        "code": "SESSION_NOT_READY",
    }


class NeverShared(Refusal):
    status = 404
    body = {"message": "This session was never shared to the community"}


def share_session(*, session: Session, allow_saves: bool | None = None) -> CommunityShare:
    """Make the session public, and a frozen snapshot of it that people can see and save.

    Sharing again makes a new edition under the same community id; until it is
    whole, people get the one before. `allow_saves` stays as it is where it is None.
    Raises SessionNotFound (404), SessionNotReady (409), Unauthorized (401) for an account
    that is not active, and MediaCopyFailed (503): the share is then there, without a new
    edition.
    """
    with transaction.atomic(durable=True):
        edition = begin_edition(session, allow_saves=allow_saves)
    copy_media(session=edition)
    return share_of(session)


def create_and_share(*, user: AbstractUser, share_to_community: bool = False, **fields) -> Session:
    """Like `create_session`; shared too, if so asked, in the same transaction."""
    with transaction.atomic(durable=True):
        session = create_session(user=user, **fields)
        edition = begin_edition(session) if share_to_community else None
    if edition:
        copy_media(session=edition)
    return session


def edit_and_share(*, session: Session, share_to_community: bool | None = None, **changes) -> None:
    """Like `edit_session`; then shared (True) or withdrawn (False), in the same transaction.

    Raises what `edit_session` and `share_session` raise. Only with MediaCopyFailed
    (503) has anything changed: all but the new edition.
    """
    with transaction.atomic(durable=True):
        if share_to_community:
            lock_person(session.owner)
        if changes or share_to_community is None:
            edit_session(session=session, **changes)
        edition = begin_edition(session) if share_to_community else None
        if share_to_community is False:
            withdraw_session(session=session)
    if edition:
        copy_media(session=edition)


def begin_edition(session: Session, *, allow_saves: bool | None = None) -> Session:
    """The snapshot to be copied, in the caller's transaction. One that failed before goes.

    Holds the person too, whose name others shall find it by.
    """
    lock_person(session.owner)
    session = lock_session(session.pk)
    if session.media_status != READY:
        raise SessionNotReady
    Session.objects.filter(pk=session.pk).update(is_public=True)
    offer(session, allow_saves)
    retire_snapshots(session.snapshots.filter(media_status=FAILED))
    edition = begin_copy(source=session, snapshot_of=session)
    SearchEntry.objects.create(edition=edition, **searched_in(edition, session.owner))
    return edition


def offer(session: Session, allow_saves: bool | None) -> None:
    """A share that is not withdrawn. It keeps the time of its first offer, and its place."""
    share, is_new = CommunityShare.objects.get_or_create(session=session)
    changes = {"withdrawn_at": None}
    if allow_saves is not None:
        changes["allow_saves"] = allow_saves
    if is_new:
        changes["hot"] = hot_score(save_count=F("save_count"), shared_at=F("shared_at"))
    CommunityShare.objects.filter(pk=share.pk).update(**changes)


@transaction.atomic
def withdraw_session(*, session: Session) -> None:
    """End the offer, and retire every edition. The session stays public; saved copies live on.

    Raises SessionNotFound (404).
    """
    # An edition may just be beginning or ending, and would be overlooked.
    session = lock_session(session.pk)
    retire_snapshots(session.snapshots.all())
    CommunityShare.objects.filter(session=session, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )


def set_allow_saves(*, session: Session, allow_saves: bool) -> None:
    """Let people save the session, or forbid it; their copies stay. Raises NeverShared (404)."""
    if not CommunityShare.objects.filter(session=session).update(allow_saves=allow_saves):
        raise NeverShared


def share_of(session: Session) -> CommunityShare:
    """The session's share, with its state. Raises NeverShared (404)."""
    shares = CommunityShare.objects.with_state().select_related("session")
    share = shares.filter(session=session).first()
    if share is None:
        raise NeverShared
    return share
