"""Reports by people and decisions by staff, such as hiding a share from everybody else."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from community.models import CommunityShare, Decision, Reason, Report
from joip.errors import Refusal
from joip.users.models import User
from sessions.copying import FAILED
from sessions.failed_copies import release_failed_copies
from sessions.locks import lock_person, lock_session
from sessions.models import Session
from sessions.ownership import SessionNotFound

HIDE, UNHIDE, DISMISS = Decision.Kind.HIDE, Decision.Kind.UNHIDE, Decision.Kind.DISMISS


class NotDeleted(Refusal):
    status = 409
    body = {"error": "Unhide the share instead, which is still there", "code": "NOT_DELETED"}


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


def hide_share(
    *,
    share: CommunityShare,
    actor: User | None = None,
    reason: str = Reason.OTHER,
    sentence: str = "",
    note: str = "",
    reaches_copies: bool = False,
) -> None:
    """Make it invisible to everybody but its owner and staff. Copies of it cannot be shared any
    more; people keep those that they have saved.

    The author sees `reason` and `sentence`. With `reaches_copies`, the shares that were made from
    copies are hidden too.
    """
    said = {"actor": actor, "reason": reason, "sentence": sentence, "note": note}
    repeat_for_copies(decide(share, HIDE, reaches_copies=reaches_copies, **said))


def unhide_share(
    *, share: CommunityShare, actor: User | None = None, sentence: str = "", note: str = ""
) -> None:
    """Also unhides the shares of copies that were hidden because of this one."""
    said = {"actor": actor, "sentence": sentence, "note": note}
    repeat_for_copies(decide(share, UNHIDE, reaches_copies=True, **said))


def unhide_deleted(
    *, hidden: Decision, actor: User | None = None, sentence: str = "", note: str = ""
) -> None:
    """Unhide a community session that was deleted since, so that its copies can be shared."""
    if hidden.share is not None:
        raise NotDeleted
    decision = Decision(
        community_session_id=hidden.community_session_id,
        title=hidden.title,
        kind=UNHIDE,
        actor=actor,
        sentence=sentence,
        note=note,
        reaches_copies=True,
    )
    with transaction.atomic(durable=True):
        record(decision)
    repeat_for_copies(decision)


def dismiss_reports(
    *, share: CommunityShare, actor: User | None = None, sentence: str = "", note: str = ""
) -> None:
    decide(share, DISMISS, actor=actor, sentence=sentence, note=note)


@transaction.atomic(durable=True)
def decide(share: CommunityShare, kind: Decision.Kind, **said: Any) -> Decision:
    return enact(kind, share, lock_session(share.session_id), **said)


def enact(kind: Decision.Kind, share: CommunityShare, session: Session, **said: Any) -> Decision:
    """Change the share and record the decision; in the transaction that has locked the session.

    Hiding and dismissing answer the reports that wait; unhiding leaves them.
    """
    waiting = lock_reports_and_share(share)
    if kind != DISMISS:
        hidden = {"hidden_at": timezone.now(), "featured_place": None}
        changes = hidden if kind == HIDE else {"hidden_at": None}
        CommunityShare.objects.filter(pk=share.pk).update(**changes)
    if kind == HIDE:
        transaction.on_commit(release_copies_of_hidden)
    decision = record(
        Decision(share=share, community_session_id=share.pk, title=session.title, kind=kind, **said)
    )
    if kind != UNHIDE:
        Report.objects.filter(pk__in=[report.pk for report in waiting]).update(decision=decision)
    return decision


def lock_reports_and_share(share: CommunityShare) -> list[Report]:
    """In the order of `sessions.locks`; the reports that wait."""
    waiting = Report.objects.waiting().filter(share=share).order_by("pk").select_for_update()
    reports = list(waiting)
    list(
        CommunityShare.objects.filter(pk=share.pk).select_for_update(no_key=True).values_list("pk")
    )
    return reports


def record(decision: Decision) -> Decision:
    """Save it, and stop the opposite one if that is still being repeated for copies."""
    if decision.kind != DISMISS:
        earlier = Decision.objects.unfinished().exclude(kind=decision.kind)
        earlier.filter(community_session_id=decision.community_session_id).update(
            is_unfinished=False
        )
    decision.is_unfinished = decision.reaches_copies
    decision.save()
    return decision


def release_copies_of_hidden() -> None:
    """Let failed copies go of what staff have hidden: it plays nowhere but in copies that are
    complete. Those under way go on; if one fails, it lets go too (`sessions.hooks`).
    """
    reading = Session.objects.filter(media_status=FAILED, copied_from__isnull=False)
    reading = reading.filter(copied_from__snapshot_of__community_share__hidden_at__isnull=False)
    for snapshot in Session.objects.filter(pk__in=reading.values("copied_from")):
        release_failed_copies(snapshot)


def look_at_failed_copies(undone: Sequence[Session], deleted: Sequence[Session]) -> None:
    """Called when copies fail: see `sessions.hooks`."""
    if undone:
        transaction.on_commit(release_copies_of_hidden)


def finish_decisions() -> int:
    """Go on with those whose process died while it repeated them for copies; how many."""
    release_copies_of_hidden()
    unfinished = list(Decision.objects.unfinished().order_by("pk"))
    for decision in unfinished:
        repeat_for_copies(decision)
    return len(unfinished)


def repeat_for_copies(decision: Decision) -> None:
    """Repeat it for each share made from a copy, in a transaction each.

    After the decision's own commit, so that every such share is found: from then on none begins.
    If the process dies, `resume_copies` goes on.
    """
    if not decision.is_unfinished:
        return
    for share in CommunityShare.objects.made_from(decision.community_session_id).order_by("pk"):
        with suppress(SessionNotFound):  # deleted in the meantime
            repeat(decision, share)
    Decision.objects.filter(pk=decision.pk).update(is_unfinished=False)


@transaction.atomic(durable=True)
def repeat(cause: Decision, share: CommunityShare) -> None:
    session = lock_session(share.session_id)
    lock_reports_and_share(share)
    # Locked, or the opposite decision could come between this question and the change. After the
    # share: deleting a share changes the decisions about it.
    unfinished = Decision.objects.unfinished().select_for_update(no_key=True)
    if unfinished.filter(pk=cause.pk).exists() and applies(cause, share, session):
        enact(
            Decision.Kind(cause.kind),
            share,
            session,
            cause=cause,
            actor=cause.actor,
            reason=cause.reason,
            sentence=cause.sentence,
            note=cause.note,
        )


def applies(cause: Decision, share: CommunityShare, session: Session) -> bool:
    """Whether the share is still to be hidden or unhidden because of a decision on its origin.

    What staff have decided about the share itself stands. What was hidden because of an origin is
    shown again when none of its origins is hidden any more.
    """
    last = Decision.objects.on_hiding().filter(community_session_id=share.pk).order_by("pk").last()
    if last and last.pk > cause.pk:
        return False
    if cause.kind == HIDE:
        return last is None or last.kind == UNHIDE
    was_repeated = last is not None and last.kind == HIDE and last.cause_id is not None
    return was_repeated and not session.origins.hidden().exists()
