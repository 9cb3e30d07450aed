"""Sharing to the community: people see and save a frozen snapshot of the session."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import F, Subquery
from django.utils import timezone

from community.audiences import audience_of, session_as_shown
from community.lineage import inherit_origins, refuse_hidden_source
from community.models import CommunityShare, SearchEntry
from community.ranking import hot_score
from community.search import searched_in
from joip.errors import Refusal
from sessions.copying import (
    FAILED,
    READY,
    begin_copy,
    fill_copy,
    refuse_unfinished,
)
from sessions.editing import edit_session
from sessions.locks import lock_person, lock_session
from sessions.models import Session
from sessions.snapshots import retire_snapshots, summarize


class SessionNotReady(Refusal):
    status = 409
    body = {
        "error": "Only a session whose media are complete can be shared",
        "code": "SESSION_NOT_READY",
    }


class SessionEmpty(Refusal):
    status = 409
    body = {"error": "A session without slides cannot be shared", "code": "SESSION_EMPTY"}


class NeverShared(Refusal):
    status = 404
    body = {
        "message": "This session was never shared to the community",
        "code": "NEVER_SHARED",
    }


def share_session(*, session: Session, **options: bool) -> CommunityShare:
    """Make the session public, and a snapshot of it that people see and save.

    Sharing again makes a new snapshot under the same community session ID; until it is whole,
    people see the one before. If its copy fails (MediaCopyFailed), the share stays without it.
    Where workers copy, it is not whole yet when this returns.
    `options` are those of `edit_share`; the others stay as they are.
    """
    with transaction.atomic(durable=True):
        snapshot = begin_snapshot(session, **options)
    fill(snapshot)
    return share_of(session)


@transaction.atomic
def edit_shown_session(*, session: Session, **changes: Any) -> Session:
    """Here and below: the session as the change has left it, read in its transaction."""
    edit_session(session=session, **changes)
    return session_as_shown(session)


def edit_and_share_session(*, session: Session, **changes: Any) -> Session:
    with transaction.atomic(durable=True):
        lock_person(session.owner)
        if changes:
            edit_session(session=session, **changes)
        snapshot = begin_snapshot(session)
        shared = session_as_shown(session)
    fill(snapshot)
    return shared


@transaction.atomic
def edit_and_withdraw_session(*, session: Session, **changes: Any) -> Session:
    if changes:
        edit_session(session=session, **changes)
    with suppress(NeverShared):
        withdraw_session(session=session)
    return session_as_shown(session)


def begin_snapshot(session: Session, **options: bool) -> Session:
    """The snapshot to be filled, in the caller's transaction. An earlier one that failed goes."""
    lock_person(session.owner)  # whose name becomes part of the search entry
    session = lock_session(session.pk)
    if session.media_status != READY:
        raise SessionNotReady
    if not session.media.exists():
        raise SessionEmpty
    refuse_hidden_source(session)
    Session.objects.filter(pk=session.pk).update(is_public=True)
    offer(session, **options)
    retire_snapshots(session, media_status=FAILED)
    snapshot = begin_copy(source=session, snapshot_of=session)
    inherit_origins(snapshot, source=session)
    summarize(snapshot)
    SearchEntry.objects.create(snapshot=snapshot, **searched_in(snapshot, session.owner))
    return snapshot


def offer(session: Session, **options: bool) -> None:
    """Have a share that is not withdrawn. It keeps the time of its first offer, and its rank.

    `session` is as it was before sharing made it public.
    """
    share, is_new = CommunityShare.objects.get_or_create(session=session)
    changes: dict[str, Any] = {"withdrawn_at": None, **with_place(options)}
    if is_new or share.withdrawn_at is not None:
        changes["public_before"] = session.is_public
    if is_new:
        changes["hot"] = hot_score(save_count=F("save_count"), shared_at=F("shared_at"))
    CommunityShare.objects.filter(pk=share.pk).update(**changes)


def fill(snapshot: Session) -> None:
    refuse_unfinished(fill_copy(session=snapshot))


def show_current_snapshot(original_id: int) -> None:
    """Let the share of this session show its whole snapshot, or none.

    Called whenever its snapshots have changed: see `sessions.hooks`.
    """
    # One statement that asks the rows, since what a caller remembers may be outdated: a snapshot
    # that was withdrawn while it was being copied is finished, and must not be shown.
    whole = Session.objects.filter(snapshot_of=original_id, media_status=READY)
    CommunityShare.objects.filter(session=original_id).update(
        snapshot=Subquery(whole.values("pk")), category=Subquery(whole.values("category"))
    )


@transaction.atomic
def withdraw_session(*, session: Session) -> CommunityShare:
    """End the offer, and retire every snapshot; saved copies live on. The session is as public as
    it was before it was offered. What was withdrawn before stays as it is.
    """
    # Under the lock, or a snapshot that is beginning or ending at this moment would be missed.
    session = lock_session(session.pk)
    share = CommunityShare.objects.filter(session=session, withdrawn_at=None).first()
    if share:
        Session.objects.filter(pk=session.pk).update(is_public=share.public_before)
    retire_snapshots(session)
    end_offer(session.pk)
    return share_of(session)


def end_offer(session_id: int) -> None:
    """Also called when a session is made private: see `sessions.hooks`."""
    offered = CommunityShare.objects.filter(session=session_id, withdrawn_at=None)
    offered.update(withdrawn_at=timezone.now(), featured_place=None)


@transaction.atomic
def edit_share(*, session: Session, **options: bool) -> CommunityShare:
    """`allow_saves`: people may save it; the copies that they have stay. `allow_featuring`: staff
    may show it on the home page; without, it is gone from there.
    """
    session = lock_session(session.pk)
    CommunityShare.objects.filter(session=session).update(**with_place(options))
    return share_of(session)


def with_place(options: dict[str, bool]) -> dict[str, Any]:
    forbids = options.get("allow_featuring") is False
    return {**options, "featured_place": None} if forbids else options


def share_of(session: Session) -> CommunityShare:
    """With its `state` and `audience`, all read in one statement."""
    shares = CommunityShare.objects.with_state().annotate(audience=audience_of("session__"))
    share = shares.select_related("session").filter(session=session).first()
    if share is None:
        raise NeverShared
    return share
