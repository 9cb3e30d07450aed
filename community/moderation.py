"""Reports by people and decisions by staff. Hidden means gone for everybody else, at once."""

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from community.models import CommunityShare, Decision, Report
from sessions.locks import SessionNotFound, lock_person, lock_session


def report_share(
    *, community_session_id: int, user: AbstractUser, reason: str, text: str = ""
) -> Report:
    """Tell staff about a shared session. A person's earlier report stays as it was, unless
    staff have answered it and another edition was shared since: then it is made anew.

    Raises SessionNotFound (404) unless the person can see the session; Unauthorized
    (401) for a deleted account.
    """
    try:
        with transaction.atomic():
            lock_person(user)
            visible = CommunityShare.objects.open_to(user).select_related("edition")
            share = visible.filter(pk=community_session_id).first()
            if share is None:
                raise SessionNotFound
            said = {"reason": reason, "text": text}
            report, is_new = Report.objects.get_or_create(share=share, reporter=user, defaults=said)
            if not is_new:
                answered = Report.objects.filter(
                    pk=report.pk, decision__created_at__lt=share.edition.created_at
                )
                answered.update(decision=None, created_at=timezone.now(), **said)
    except IntegrityError:  # the share went meanwhile
        raise SessionNotFound from None
    return report


def forget_words_of(user: AbstractUser) -> None:
    """Blank what the person wrote in reports, in the transaction that deletes their account.

    Also holds the reports of the person's own shares, all in one order: whoever is deleted
    at the same moment may have reported these, and wait for the others.
    """
    concerned = Report.objects.filter(Q(reporter=user) | Q(share__session__owner=user))
    list(concerned.select_for_update(of=["self"]).order_by("pk"))
    user.reports.update(text="")


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
    """Change the share, and write down who did it and why.

    It answers the reports that wait, unless it takes an earlier decision back.
    """
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
    if kind != Decision.Kind.UNHIDE:
        Report.objects.waiting().filter(share=share).update(decision=decision)


def not_hidden_from(user: AbstractUser, sessions: QuerySet) -> QuerySet:
    """Those of the sessions that staff have not hidden; all of them for staff."""
    if user.is_staff:
        return sessions
    visible = Q(community_share__hidden_at__isnull=True)
    return sessions.filter(visible | Q(owner=user) if user.is_authenticated else visible)
