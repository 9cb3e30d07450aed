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
    share = share_to_save(community_session_id)
    if failed:
        session = failed
        begin_again(session)
    else:
        session = begin_copy(
            source=share.edition,
            owner=user,
            copied_from=share.edition,
            is_manual_mode=True,
            import_source=COMMUNITY,
            import_url=import_url_of(community_session_id),
            original_title=share.edition.title,
            original_author=display_name(share.session.owner),
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
    count_save(share, times=0 if failed else 1)
    return session


def share_to_save(community_session_id: int) -> CommunityShare:
    """The open share, with its edition. A snapshot that the save begins with stays until it ends.

    Raises SessionNotFound (404), NotSharedToCommunity (403), SavingNotAllowed (403).
    """
    shares = CommunityShare.objects.filter(pk=community_session_id, session__is_public=True)
    share = shares.select_related("session__owner", "edition").first()
    if share is None:
        raise SessionNotFound
    if not share.is_open:
        raise NotSharedToCommunity
    if not share.allow_saves:
        raise SavingNotAllowed
    return share


def count_save(share: CommunityShare, times: int) -> None:
    """Last in the transaction, as all savers of a session wait here for each other.

    Raises ClaimLost when the offer ended meanwhile.
    """
    count = F("save_count") + times
    hot = hot_score(save_count=count, shared_at=F("shared_at"))
    offered = CommunityShare.objects.open().filter(pk=share.pk, allow_saves=True)
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
