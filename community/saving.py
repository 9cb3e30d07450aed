"""Saving a community session: the contract of POST /api/community/sessions/:id/save."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from typing import Any, NamedTuple, cast

from django.db import IntegrityError, transaction

from community.lineage import record_origins
from community.models import CommunityShare, Report
from community.ranking import with_more_saves
from credits.ledger import charge
from credits.pricing import SESSION_CREATE, price_for
from joip.errors import Refusal
from joip.users.models import User
from sessions.copying import (
    FAILED,
    Outcome,
    begin_again,
    begin_copy,
    fill_copy,
    refuse_unfinished,
    resume_copy,
)
from sessions.import_urls import COMMUNITY, import_url_of
from sessions.leases import LeaseLost
from sessions.locks import lock_person
from sessions.models import Session
from sessions.places import NoPlace
from sessions.queueing import copies_in_workers

MAX_ROUNDS = 3  # a share that changes twice in a moment may go on changing


class NotFoundOrNotPublic(Refusal):
    status = 404
    body = {"message": "Session not found or not public"}


class NotSharedToCommunity(Refusal):
    status = 403
    body = {"message": "This session is not shared to the community"}


class SavingNotAllowed(Refusal):
    status = 403
    body = {"error": "The author does not allow saving", "code": "SAVING_NOT_ALLOWED"}


class CreditsOfOthers(Refusal):
    status = 403
    body = {
        "error": "You may not charge another person, nor waive a charge",
        "code": "CREDITS_OF_OTHERS",
    }


class SessionChanging(Refusal):
    status = 503
    body = {
        "error": "The session is being changed, please try again",
        "code": "SESSION_CHANGING",
    }


class ShareChanged(Exception):
    """The share is not open for saving any more."""


class Saved(NamedTuple):
    session_id: int
    reused: bool

    def as_json(self) -> dict[str, Any]:
        return {"success": True, "sessionId": self.session_id, "reused": self.reused}


def save_session(
    *,
    community_session_id: int,
    user: User,
    actor: User | None = None,
    waive_credits: bool = False,
    place: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Saved:
    """Make a private copy of a shared session in the library of `user`, paid by `user`.

    A repeat answers with the earlier copy. `actor` is who asked, for the ledger; whoever charges
    another person, or waives a charge, needs the right to change credit accounts. `place` is
    entered before anything is begun, and may refuse (`sessions.places`). A refusal
    changes nothing, with two exceptions: MediaCopyFailed (the copy is failed, and the charge
    refunded), and MediaCopyPostponed (the copy is charged, and goes on later).
    """
    for _ in range(MAX_ROUNDS):
        earlier = earlier_save(community_session_id, user)
        if earlier and earlier.media_status != FAILED:
            return reuse(earlier, place)
        with ExitStack() as held:
            try:
                held.enter_context(place())
                session = begin_save(
                    community_session_id=community_session_id,
                    user=user,
                    actor=actor,
                    waive_credits=waive_credits,
                    failed=earlier,
                )
            except (IntegrityError, LeaseLost, ShareChanged):
                continue  # another request of this person was quicker, or the share has changed
            except Refusal:
                # That other request may just have spent the last credit on this very session.
                earlier = earlier_save(community_session_id, user)
                if earlier and earlier.media_status != FAILED:
                    return reuse(earlier, place)
                raise
            return answer(session, fill_copy(session=session), reused=False)
    raise SessionChanging


def earlier_save(community_session_id: int, user: User) -> Session | None:
    return Session.objects.owned_by(user).saved_from(community_session_id).first()


def reuse(earlier: Session, place: Callable[[], AbstractContextManager[None]]) -> Saved:
    """Also finishes the copy if its process died, there is a place, and it is not for workers; a
    repeat is not refused for want of a place, and a later one, or `resume_copies`, finishes it.
    """
    outcome = None
    if not copies_in_workers():
        with suppress(NoPlace), place():
            outcome = resume_copy(session=earlier)
    return answer(earlier, outcome, reused=True)


def answer(session: Session, outcome: Outcome | None, *, reused: bool) -> Saved:
    refuse_unfinished(outcome)
    if outcome is Outcome.GONE:
        raise NotFoundOrNotPublic
    return Saved(session.pk, reused)


@transaction.atomic(durable=True)
def begin_save(
    *,
    community_session_id: int,
    user: User,
    actor: User | None = None,
    waive_credits: bool = False,
    failed: Session | None = None,
) -> Session:
    """The copy: paid for and counted, its slides still naming the snapshot's objects.

    A `failed` earlier save begins again: it is counted again, and paid for again unless staff had
    waived that. After the commit, `fill_copy` fills the copy.

    Raises IntegrityError or LeaseLost if the save has begun elsewhere, and ShareChanged.
    """
    lock_person(user)
    share = share_to_save(community_session_id)
    snapshot = cast(Session, share.snapshot)  # what is open has one
    if failed:
        session = failed
        begin_again(session, snapshot)
    else:
        session = begin_copy(
            source=snapshot,
            owner=user,
            copied_from=snapshot,
            is_manual_mode=True,
            import_source=COMMUNITY,
            import_url=import_url_of(community_session_id),
            original_title=snapshot.title,
            original_author=share.session.owner.public_name,
            charge_waived=waive_credits,
        )
        record_origins(session, source=snapshot, share=share)
    pay_for(session, user=user, actor=actor, waive_credits=waive_credits)
    count_save(share)
    return session


def pay_for(session: Session, *, user: User, actor: User | None, waive_credits: bool) -> None:
    if waive_credits:
        refuse_without_right_to_credits(actor)
    if session.charge_waived or waive_credits:
        price_for(user=user, feature_key=SESSION_CREATE)  # refuses like a paid save
        session.charge_waived = True
    else:
        session.charge = charge(
            user=user,
            feature_key=SESSION_CREATE,
            reference=f"session:{session.pk}",
            actor=actor,
        )
        if session.charge and actor != user:
            refuse_without_right_to_credits(actor)
    Session.objects.filter(pk=session.pk).update(
        charge=session.charge, charge_waived=session.charge_waived
    )


def refuse_without_right_to_credits(actor: User | None) -> None:
    """Without an actor, an operator's command asks."""
    if actor is not None and not actor.has_perm("credits.change_creditaccount"):
        raise CreditsOfOthers


def share_to_save(community_session_id: int) -> CommunityShare:
    """The open share with its snapshot, which stays as long as a copy reads it."""
    shares = CommunityShare.objects.filter(session__is_public=True, hidden_at=None)
    shares = shares.select_related("session__owner", "snapshot")
    share = shares.filter(pk=community_session_id).first()
    if share is None:
        raise NotFoundOrNotPublic
    if not share.is_open:
        raise NotSharedToCommunity
    if not share.allow_saves:
        raise SavingNotAllowed
    return share


def count_save(share: CommunityShare) -> None:
    """Last in the transaction: all who save this session wait for each other here.

    Raises ShareChanged.
    """
    offered = CommunityShare.objects.open().filter(pk=share.pk, allow_saves=True)
    if not offered.update(**with_more_saves(1)):
        raise ShareChanged


def take_counts_back(undone: Sequence[Session], deleted: Sequence[Session]) -> None:
    """Count the `undone` saves no more: see `sessions.hooks`.

    Locks all shares that are changed here or go with a `deleted` session, in the order of
    `sessions.locks`: two people who leave at once may have saved each other's.
    """
    # Deletion takes reports too, and others who leave lock their reports before any share.
    reports = Report.objects.filter(share__session__in=deleted)
    list(reports.select_for_update(of=["self"]).order_by("pk").values_list("pk"))
    saves = [session for session in undone if not session.is_snapshot]
    counted = CommunityShare.objects.filter(pk__in=[save.saved_from_id for save in saves])
    concerned = counted | CommunityShare.objects.filter(session__in=deleted)
    list(concerned.select_for_update().order_by("pk").values_list("pk"))
    counted.update(**with_more_saves(-1))
