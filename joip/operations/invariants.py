"""What always holds of the rows. Each check is a function that yields a sentence for each fault.

A check is a statement over whole tables, and none holds a table in memory. Conditions that the
database guards itself are asked too: a row may have come in while it did not.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import (
    Case,
    CharField,
    CheckConstraint,
    Count,
    Exists,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Concat

from community.models import CommunityShare, Decision, Origin, SearchEntry
from credits.models import CreditAccount, CreditTransaction
from joip.media.buckets import GENERAL, USER_MEDIA
from joip.operations.backups.object_lists import in_batches
from sessions.import_urls import COMMUNITY, community_session_id_of
from sessions.models import Session, SessionMedia
from sessions.slides import count_of

READY, FAILED = Session.MediaStatus.READY, Session.MediaStatus.FAILED
OUR_APPS = ["users", "credits", "library", "community"]
PAGE = 500

Check = Callable[[], Iterator[str]]


def balances() -> Iterator[str]:
    """A balance is the sum of its ledger rows."""
    accounts = CreditAccount.objects.annotate(sum=Sum("transactions__amount", default=0))
    for pk, balance, total in pages(
        accounts.exclude(balance=F("sum")).values_list("pk", "balance", "sum")
    ):
        yield f"person {pk} has {balance} credits, but the ledger adds up to {total}"


def running_balances() -> Iterator[str]:
    """Each ledger row says the balance after it."""
    sum_so_far = Window(Sum("amount"), partition_by="account", order_by="pk")
    rows = CreditTransaction.objects.annotate(sum_so_far=sum_so_far)
    unlike = rows.exclude(balance_after=F("sum_so_far"))
    for pk, account, said, total in pages(
        unlike.values_list("pk", "account", "balance_after", "sum_so_far")
    ):
        yield f"ledger row {pk} of person {account} says {said} credits, but there were {total}"


def refunds() -> Iterator[str]:
    """A refund gives the whole of a charge back, to the same account."""
    refunds = CreditTransaction.objects.filter(reverses__isnull=False)
    right = Q(
        reverses__kind="charge", account=F("reverses__account"), amount=-F("reverses__amount")
    )
    for (pk,) in pages(wrong(refunds, right).values_list("pk")):
        yield f"ledger row {pk} is not the whole of the charge that it refunds"


def charges_of_sessions() -> Iterator[str]:
    """The charge of a session is its own, its owner's, and not refunded."""
    charged = Session.objects.filter(charge__isnull=False).annotate(its=reference_of("pk"))
    right = Q(
        charge__kind="charge",
        charge__account=F("owner"),
        charge__reference=F("its"),
        charge__refund__isnull=True,
    )
    for pk, charge in pages(wrong(charged, right).values_list("pk", "charge")):
        yield f"session {pk} has ledger row {charge}, which did not pay for it, or is refunded"


def further_charges() -> Iterator[str]:
    """Nobody pays twice, nor for a copy that failed or whose charge was waived."""
    charges = CreditTransaction.objects.filter(
        kind="charge",
        refund=None,
        account=OuterRef("owner"),
        reference=OuterRef("its"),
    ).exclude(pk=Coalesce(OuterRef("charge"), 0))
    sessions = Session.objects.owned().annotate(its=reference_of("pk"))
    for (pk,) in pages(sessions.filter(Exists(charges)).values_list("pk")):
        yield f"session {pk} was charged for once more than it should be, without a refund"


def pending_slides() -> Iterator[str]:
    """A slide whose object is still to be copied belongs to a copy that has not ended."""
    pending = Q(bucket=GENERAL, session__owner__isnull=False) | Q(
        bucket=USER_MEDIA, session__owner__isnull=True
    )
    let_go = Q(
        session__media_status=FAILED, session__copied_from=None, session__owner__isnull=False
    )
    ended = Q(session__media_status=READY) | let_go
    for pk, session in pages(
        SessionMedia.objects.filter(pending & ended).values_list("pk", "session")
    ):
        yield f"slide {pk} is not copied, but the copying of session {session} has ended"


def keys_of_slides() -> Iterator[str]:
    """The objects of a session stand at its own key prefix."""
    own = Concat(
        Value("users/"), text("session__owner"), Value("/manual-sessions/"), text("session"),
        Value("/"),
    )  # fmt: skip
    snapshots = Concat(Value("community/"), text("session"), Value("/"))
    landed = {
        "own": (Q(bucket=USER_MEDIA, session__owner__isnull=False), own),
        "snapshots": (Q(bucket=GENERAL, session__owner__isnull=True), snapshots),
    }
    for condition, prefix in landed.values():
        slides = SessionMedia.objects.filter(condition).annotate(prefix=prefix)
        for pk, key in pages(slides.exclude(key__startswith=F("prefix")).values_list("pk", "key")):
            yield f"slide {pk} names {key}, which belongs to another session"


def orders() -> Iterator[str]:
    """The slides of a session are numbered from 0, without gaps."""
    numbered = (
        SessionMedia.objects.order_by()
        .values("session")
        .annotate(
            slides=Count("pk"),
            different=Count("order", distinct=True),
            first=Min("order"),
            last=Max("order"),
        )
    )
    others = numbered.exclude(first=0, last=F("slides") - 1, different=F("slides"))
    for row in others.iterator(chunk_size=PAGE):
        yield f"the {row['slides']} slides of session {row['session']} are not numbered from 0 on"


def summaries_of_snapshots() -> Iterator[str]:
    """A snapshot knows its number of slides and its cover."""
    slides = SessionMedia.objects.filter(session=OuterRef("pk"))
    best = Subquery(slides.best_for_thumbnail().values("pk")[:1])
    snapshots = Session.objects.snapshots().annotate(counted=count_of(slides), best=best)
    right = Q(slide_count=F("counted")) & same("cover", "best")
    for (pk,) in pages(wrong(snapshots, right).values_list("pk")):
        yield f"snapshot {pk} has another number of slides, or another cover, than it says"


def shown_snapshots() -> Iterator[str]:
    """A share shows the whole snapshot of its session, and has its category."""
    whole = Session.objects.filter(snapshot_of=OuterRef("session"), media_status=READY)
    shares = CommunityShare.objects.annotate(
        whole=Subquery(whole.values("pk")), its_category=Subquery(whole.values("category"))
    )
    right = same("snapshot", "whole") & same("category", "its_category")
    for (pk,) in pages(wrong(shares, right).values_list("pk")):
        yield f"share {pk} does not show the snapshot of its session"


def offered_sessions() -> Iterator[str]:
    """What is offered to the community is public, and its snapshot can be found."""
    offered = CommunityShare.objects.filter(withdrawn_at=None)
    for (pk,) in pages(offered.filter(session__is_public=False).values_list("pk")):
        yield f"share {pk} is offered, but its session is not public"
    shown = CommunityShare.objects.filter(snapshot__isnull=False)
    entries = SearchEntry.objects.filter(snapshot=OuterRef("snapshot"))
    for (pk,) in pages(shown.exclude(Exists(entries)).values_list("pk")):
        yield f"share {pk} has no search entry"


def hidden_shares() -> Iterator[str]:
    """A share is hidden exactly if staff decided so last."""
    decisions = Decision.objects.on_hiding().filter(community_session_id=OuterRef("pk"))
    last = Subquery(decisions.order_by("-pk").values("kind")[:1])
    shares = CommunityShare.objects.annotate(last=Coalesce(last, Value("")))
    hide = Decision.Kind.HIDE
    unlike = Q(hidden_at=None, last=hide) | Q(hidden_at__isnull=False) & ~Q(last=hide)
    for pk, decision in pages(shares.filter(unlike).values_list("pk", "last")):
        yield f"share {pk}: whether it is hidden is not what staff decided last ({decision or '-'})"


def save_counts() -> Iterator[str]:
    """A share counts the copies that there are and have not failed. Beyond these it counts saves
    that were paid for and are deleted: there are no more of them than charges of deleted sessions.
    """
    saves = Session.objects.owned().filter(import_source=COMMUNITY).exclude(media_status=FAILED)
    kept = saves.order_by().values_list("import_url").annotate(count=Count("pk"))
    beyond = CommunityShare.objects.aggregate(sum=Sum("save_count", default=0))["sum"]
    for page in in_batches(kept.iterator(chunk_size=PAGE), PAGE):
        there_are = {community_session_id_of(url): count for url, count in page}
        shares = CommunityShare.objects.filter(pk__in=there_are)
        for pk, count in shares.values_list("pk", "save_count"):
            beyond -= min(count, there_are[pk])
            if count < there_are[pk]:
                yield f"share {pk} counts {count} saves, but there are {there_are[pk]}"
    charges = CreditTransaction.objects.filter(kind="charge", refund=None).count()
    gone = charges - Session.objects.filter(charge__isnull=False).count()
    if beyond > gone:
        yield f"shares count {beyond} saves that are deleted, but at most {gone} were paid for"


def origins() -> Iterator[str]:
    """A save knows what it descends from."""
    url = Concat(Value(f"{COMMUNITY}:"), text("community_session_id"))
    known = Origin.objects.annotate(url=url).filter(
        session=OuterRef("pk"), url=OuterRef("import_url")
    )
    saves = Session.objects.owned().filter(import_source=COMMUNITY)
    for pk, saved_from in pages(saves.exclude(Exists(known)).values_list("pk", "import_url")):
        yield f"session {pk} was saved from {saved_from}, but does not descend from it"


def conditions() -> Iterator[str]:
    """What the database refuses by constraints: leases only while copying, for example."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if model._meta.app_label in OUR_APPS and isinstance(constraint, CheckConstraint):
                for pk in violations(model, constraint):
                    yield f"{model._meta.verbose_name} {pk} violates {constraint.name}"


def violations(model: type[Model], constraint: CheckConstraint) -> Iterator[Any]:
    # Not by the ORM, which also finds the rows of which a condition says neither yes nor no.
    condition = constraint._get_check_sql(model, connection.schema_editor())  # type: ignore[attr-defined]
    quoted = connection.ops.quote_name
    key, table = quoted(str(model._meta.pk.column)), quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} WHERE NOT ({condition})")  # noqa: S608
        for (pk,) in iter(cursor.fetchone, None):
            yield pk


def references() -> Iterator[str]:
    """What a row refers to is there."""
    try:
        connection.check_constraints()
    except IntegrityError as error:
        yield str(error)


CHECKS: list[Check] = [
    balances,
    running_balances,
    refunds,
    charges_of_sessions,
    further_charges,
    pending_slides,
    keys_of_slides,
    orders,
    summaries_of_snapshots,
    shown_snapshots,
    offered_sessions,
    hidden_shares,
    save_counts,
    origins,
    conditions,
    references,
]


def pages(rows: "QuerySet[Any, Any]") -> Iterator[Any]:
    return rows.order_by("pk").iterator(chunk_size=PAGE)


def wrong(rows: "QuerySet[Any, Any]", right: Q) -> "QuerySet[Any, Any]":
    """Not by `exclude`, which leaves out rows of which SQL says neither yes nor no."""
    is_right = Case(When(right, then=Value(True)), default=Value(False))
    return cast("QuerySet[Any, Any]", rows.alias(is_right=is_right).filter(is_right=False))


def text(field: str) -> Cast:
    return Cast(field, CharField())


def reference_of(field: str) -> Concat:
    return Concat(Value("session:"), text(field))


def same(one: str, other: str) -> Q:
    """Equal, or both null."""
    return Q(**{one: F(other)}) | Q(**{f"{one}__isnull": True, f"{other}__isnull": True})
