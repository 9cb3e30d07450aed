"""Reports by people and decisions by staff, such as hiding a share from everybody else."""

from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from community.models import CommunityShare, Decision, Report
from joip.users.models import User
from sessions.locks import lock_person, lock_session
from sessions.models import Session
from sessions.ownership import SessionNotFound


def report_share(*, community_session_id: int, user: User, reason: str, text: str = "") -> Report:
    """Tell staff about a shared session that the person can see.

    Each person has one report of a share. It stays as it was first, unless staff have answered it
    and a newer snapshot has been shared since: then it is renewed, and waits again.
    """
    try:
        with transaction.atomic():
            lock_person(user)
            visible = CommunityShare.objects.open_to(user).select_related("snapshot")
            share = visible.filter(pk=community_session_id).first()
            if share is None:
                raise SessionNotFound
            said = {"reason": reason, "text": text}
            report, is_new = Report.objects.get_or_create(share=share, reporter=user, defaults=said)
            if not is_new:
                snapshot = cast(Session, share.snapshot)  # what is open to anybody has one
                answered = Report.objects.filter(
                    pk=report.pk, decision__created_at__lt=snapshot.created_at
                )
                answered.update(decision=None, created_at=timezone.now(), **said)
    except IntegrityError:  # the share went meanwhile
        raise SessionNotFound from None
    return report


def erase_texts_of_reports_by(user: User) -> None:
    """Blank what the person wrote in reports, in the transaction that deletes their account.

    Also locks the reports of the person's own shares, which that transaction is going to delete,
    all in one order: two people who leave at once may have reported each other's.
    """
    concerned = Report.objects.filter(Q(reporter=user) | Q(share__session__owner=user))
    list(concerned.select_for_update(of=["self"]).order_by("pk"))
    user.reports.update(text="")


def hide_share(*, share: CommunityShare, actor: User | None = None, note: str = "") -> None:
    """Make it invisible to everybody but its owner and staff. Copies that others saved live on."""
    decide(share, Decision.Kind.HIDE, actor, note, hidden_at=timezone.now())


def unhide_share(*, share: CommunityShare, actor: User | None = None, note: str = "") -> None:
    decide(share, Decision.Kind.UNHIDE, actor, note, hidden_at=None)


def dismiss_reports(*, share: CommunityShare, actor: User | None = None, note: str = "") -> None:
    decide(share, Decision.Kind.DISMISS, actor, note)


@transaction.atomic
def decide(
    share: CommunityShare, kind: Decision.Kind, actor: User | None, note: str, **changes: Any
) -> None:
    """Change the share, and record who did it and why.

    Hiding and dismissing answer the reports that wait; unhiding leaves them.
    """
    session = lock_session(share.session_id)
    decision = Decision.objects.create(
        share=share,
        community_session_id=share.pk,
        title=session.title,
        kind=kind,
        actor=actor,
        note=note,
    )
    if kind != Decision.Kind.UNHIDE:
        Report.objects.waiting().filter(share=share).update(decision=decision)
    # After the reports, in the order of `sessions.locks`: who leaves locks theirs, then shares.
    CommunityShare.objects.filter(pk=share.pk).update(**changes)
