"""Saving a community session: the contract of POST /api/community/sessions/:id/save."""

from typing import NamedTuple

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import F

from community.models import CommunityShare, hot_score
from credits.ledger import charge
from credits.pricing import SESSION_CREATE, price_for
from joip.display_names import display_name
from joip.errors import Refusal
from sessions.claims import (
    FAILED,
    ClaimLost,
    MediaCopyFailed,
    begin_again,
    begin_copy,
    take_over,
)
from sessions.copying import copy_media
from sessions.locks import lock_person
from sessions.models import COMMUNITY, Session, import_url_of

MOST_CLAIMS = 3  # a source that goes twice in a moment may go for ever


class SessionNotFound(Refusal):
    status = 404
    body = {"message": "Session not found or not public"}


class NotSharedToCommunity(Refusal):
    status = 403
    body = {"message": "This session is not shared to the community"}


class SavingNotAllowed(Refusal):
    status = 403
    body = {"error": "The author does not allow saving", "code": "SAVING_NOT_ALLOWED"}


class SourceKeepsChanging(Refusal):
    status = 503
    body = {
        "error": "The session is being changed, please try again",
        "code": "SESSION_CHANGING",
    }


class Saved(NamedTuple):
    session_id: int
    reused: bool

    def as_json(self) -> dict:
        return {"success": True, "sessionId": self.session_id, "reused": self.reused}


def save_session(
    *,
    community_session_id: int,
    user: AbstractUser,
    actor: AbstractUser | None = None,
    waive_credits: bool = False,
) -> Saved:
    """Make a private copy of a shared session in the library of `user`, paid by `user`.

    A repeat answers with the earlier copy. `actor` is who asked, for the ledger.
    Raises, with nothing changed: Unauthorized (401) for a deleted account,
    SessionNotFound (404), NotSharedToCommunity (403), SavingNotAllowed (403),
    FeaturePricingMissing (503), PremiumOnly (403), InsufficientCredits (402; not
    with `waive_credits`), SourceKeepsChanging (503). Raises MediaCopyFailed (503)
    with the copy marked failed and its charge refunded.
    """
    for _ in range(MOST_CLAIMS):
        earlier = earlier_save(community_session_id, user)
        if is_good(earlier):
            return reuse(earlier)
        try:
            session = claim_save(earlier, community_session_id, user, actor, waive_credits)
        except (IntegrityError, ClaimLost):
            continue  # the same person's other request was quicker, or the source went
        except Refusal:
            # That other request may just have spent the last credit on this very session.
            earlier = earlier_save(community_session_id, user)
            if is_good(earlier):
                return reuse(earlier)
            raise
        return fill(session, reused=False)
    raise SourceKeepsChanging


def earlier_save(community_session_id: int, user: AbstractUser) -> Session | None:
    return Session.objects.owned_by(user).saved_from(community_session_id).first()


def is_good(earlier: Session | None) -> bool:
    return earlier is not None and earlier.media_status != FAILED


def reuse(earlier: Session) -> Saved:
    if take_over(earlier):
        return fill(earlier, reused=True)
    return Saved(earlier.pk, reused=True)


@transaction.atomic(durable=True)
def claim_save(
    failed: Session | None,
    community_session_id: int,
    user: AbstractUser,
    actor: AbstractUser | None,
    waive_credits: bool,
) -> Session:
    """The session, copying, paid for and counted; its slides still name the snapshot's objects.

    A `failed` earlier save is begun again, and paid for again unless staff had waived it.
    It was counted when it was first claimed.
    """
    lock_person(user)
    snapshot = edition_to_save(community_session_id)
    if failed:
        session = failed
        begin_again(session)
    else:
        session = begin_copy(
            source=snapshot,
            owner=user,
            copied_from=snapshot,
            is_manual_mode=True,
            import_source=COMMUNITY,
            import_url=import_url_of(community_session_id),
            original_title=snapshot.title,
            original_author=display_name(snapshot.snapshot_of.owner),
            charge_waived=waive_credits,
        )
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
    Session.objects.filter(pk=session.pk).update(
        charge=session.charge, charge_waived=session.charge_waived
    )
    if not failed:
        count_save(community_session_id)
    return session


def edition_to_save(community_session_id: int) -> Session:
    """The newest whole snapshot, with the original and its share.

    Raises SessionNotFound (404), NotSharedToCommunity (403), SavingNotAllowed (403).
    """
    editions = Session.objects.whole_editions().filter(
        snapshot_of__is_public=True,
        snapshot_of__community_share__id=community_session_id,
        snapshot_of__community_share__withdrawn_at=None,
        snapshot_of__community_share__hidden_at=None,
    )
    edition = editions.select_related("snapshot_of__owner", "snapshot_of__community_share").first()
    if edition is None:
        shares = CommunityShare.objects.filter(pk=community_session_id, session__is_public=True)
        raise NotSharedToCommunity if shares.exists() else SessionNotFound
    if not edition.snapshot_of.community_share.allow_saves:
        raise SavingNotAllowed
    return edition


def count_save(community_session_id: int) -> None:
    """Last in the transaction, as all savers of a session wait here for each other.

    Raises ClaimLost when the offer ended meanwhile.
    """
    offered = CommunityShare.objects.offered().filter(pk=community_session_id, allow_saves=True)
    count = F("save_count") + 1
    hot = hot_score(save_count=count, shared_at=F("shared_at"))
    if not offered.update(save_count=count, hot=hot):
        raise ClaimLost


def fill(session: Session, *, reused: bool) -> Saved:
    """Copy the media, and say what became of the session, whoever ended the copy.

    Raises MediaCopyFailed (503); SessionNotFound (404) where it was deleted meanwhile.
    """
    if not copy_media(session=session):
        status = Session.objects.filter(pk=session.pk).values_list("media_status", flat=True)
        if not status:
            raise SessionNotFound
        if status[0] == FAILED:
            raise MediaCopyFailed
    return Saved(session.pk, reused)
