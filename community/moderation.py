"""Reports by people and decisions by staff. Hidden means gone for everybody else, at once."""

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from community.models import CommunityShare, Decision, Report
from sessions.locks import SessionNotFound, lock_session


def report_share(
    *, community_session_id: int, user: AbstractUser, reason: str, text: str = ""
) -> Report:
    """Tell staff about a shared session. An earlier report of the person stays as it was.

    Raises SessionNotFound (404) unless the person can see the session.
    """
    share = CommunityShare.objects.open_to(user).filter(pk=community_session_id).first()
    if share is None:
        raise SessionNotFound
    try:
        with transaction.atomic():
            report, _ = Report.objects.get_or_create(
                share=share, reporter=user, defaults={"reason": reason, "text": text}
            )
    except IntegrityError:  # the share went meanwhile
        raise SessionNotFound from None
    return report


def hide_share(*, share: CommunityShare, actor: AbstractUser | None = None, note: str = "") -> None:
    """Close it to everybody but owner and staff, whatever its owner does. Saved copies live on.

    Raises SessionNotFound (404).
    """
    decide(share, Decision.Kind.HIDE, actor, note, hidden_at=timezone.now())


def unhide_share(
    *, share: CommunityShare, actor: AbstractUser | None = None, note: str = ""
) -> None:
    """Raises SessionNotFound (404)."""
    decide(share, Decision.Kind.UNHIDE, actor, note, hidden_at=None)


def dismiss_reports(
    *, share: CommunityShare, actor: AbstractUser | None = None, note: str = ""
) -> None:
    """Answer the waiting reports without hiding. Raises SessionNotFound (404)."""
    decide(share, Decision.Kind.DISMISS, actor, note)


@transaction.atomic
def decide(
    share: CommunityShare, kind: Decision.Kind, actor: AbstractUser | None, note: str, **changes
) -> None:
    """Change the share, write down who did it and why, and answer the reports that wait."""
    # The session first, as everybody does: its deletion takes reports before shares.
    session = lock_session(share.session_id)
    CommunityShare.objects.filter(pk=share.pk).update(**changes)
    decision = Decision.objects.create(
        share=share,
        community_session_id=share.pk,
        title=session.title,
        kind=kind,
        actor=actor,
        note=note,
    )
    Report.objects.waiting().filter(share=share).update(decision=decision)


def not_hidden_from(user: AbstractUser, sessions: QuerySet) -> QuerySet:
    """Those of the sessions that staff have not hidden; all of them for staff."""
    if user.is_staff:
        return sessions
    visible = Q(community_share__hidden_at__isnull=True)
    return sessions.filter(visible | Q(owner=user) if user.is_authenticated else visible)
