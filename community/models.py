import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from community.search import SearchEntryQuerySet
from community.visibility import not_hidden_from
from joip.users.models import User
from sessions.categories import Category
from sessions.models import Session

# Written once: PostgreSQL uses a partial index only for a query with the same condition.
OPEN = Q(withdrawn_at=None, hidden_at=None, snapshot__isnull=False)


class CommunityShareQuerySet(models.QuerySet["CommunityShare"]):
    def open(self) -> "CommunityShareQuerySet":
        """What everybody sees and may save."""
        return self.filter(OPEN)

    def open_to(self, user: User | AnonymousUser) -> "CommunityShareQuerySet":
        """What this person may see: what is open, and of what staff have hidden, their own."""
        shares = self.filter(withdrawn_at=None, snapshot__isnull=False)
        return shares.filter(not_hidden_from(user, share="", owner="session__owner"))

    def with_reports(self) -> "CommunityShareQuerySet":
        """`report_count` and `first_report_at` of the reports that wait for a decision."""
        waiting = Report.objects.waiting().filter(share=OuterRef("pk")).values("share")
        return self.annotate(
            report_count=Coalesce(Subquery(waiting.values(count=Count("pk"))), 0),
            first_report_at=Subquery(waiting.values(first=Min("created_at"))),
        )

    def with_state(self) -> "CommunityShareQuerySet":
        """`state`: open, or why not. `snapshot_status`: how far the newest snapshot is."""
        state = CommunityShare.State
        snapshots = Session.objects.filter(snapshot_of=OuterRef("session")).order_by("-pk")
        return self.annotate(
            state=Case(
                When(hidden_at__isnull=False, then=Value(state.HIDDEN)),
                When(withdrawn_at__isnull=False, then=Value(state.WITHDRAWN)),
                When(session__is_public=False, then=Value(state.PRIVATE)),
                When(snapshot=None, then=Value(state.INCOMPLETE)),
                default=Value(state.OPEN),
            ),
            snapshot_status=Subquery(snapshots.values("media_status")[:1]),
        )


class CommunityShare(models.Model):
    """A session offered to the community; its id is the contract's "community session ID".

    `snapshot` is what people see and save: the session's whole snapshot, if there is one;
    `category` is that one's. Only `sharing.show_current_snapshot` writes them.
    """

    class State(models.TextChoices):
        OPEN = "open"
        HIDDEN = "hidden"
        WITHDRAWN = "withdrawn"
        PRIVATE = "private"
        INCOMPLETE = "incomplete", "no whole snapshot"

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, related_name="community_share"
    )
    shared_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="By its owner.")
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="By staff.")
    allow_saves = models.BooleanField(default=True, help_text="The author's choice.")
    save_count = models.PositiveIntegerField(
        default=0, help_text="How often it was saved. Deleting a copy does not lower it."
    )
    hot = models.FloatField(default=0.0, help_text="Rank in the feed: see community/ranking.py.")
    snapshot = models.OneToOneField(
        Session, on_delete=models.SET_NULL, null=True, editable=False, related_name="shown_by"
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # those below do
    )

    objects = CommunityShareQuerySet.as_manager()

    class Meta:
        permissions = [("save_for_others", "Can save into the library of another person")]
        # The feed in each order, all of it and by category; an index holds nothing else.
        indexes = [
            models.Index(fields=["-shared_at", "-id"], condition=OPEN, name="feed_by_time"),
            models.Index(fields=["-save_count", "-id"], condition=OPEN, name="feed_by_saves"),
            models.Index(fields=["-hot", "-id"], condition=OPEN, name="feed_by_hotness"),
            models.Index(
                fields=["category", "-shared_at", "-id"],
                condition=OPEN,
                name="category_by_time",
            ),
            models.Index(
                fields=["category", "-save_count", "-id"],
                condition=OPEN,
                name="category_by_saves",
            ),
            models.Index(
                fields=["category", "-hot", "-id"], condition=OPEN, name="category_by_hotness"
            ),
        ]

    def __str__(self) -> str:
        return str(self.session)

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.hidden_at is None and self.snapshot is not None


class SearchEntry(models.Model):
    """What the feed finds a snapshot by. Frozen like it, except for its creator's name.

    On PostgreSQL the migration adds a generated column, `document`, with the words for full-text
    search, and indexes for searching words and subreddits.
    """

    snapshot = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    words = models.TextField(help_text="Of title and captions.")
    creator = models.TextField(help_text="The words of the display name.")
    subreddits = models.JSONField(default=list, help_text="In lower case.")

    objects = SearchEntryQuerySet.as_manager()

    def __str__(self) -> str:
        return f"words of snapshot {self.snapshot_id}"


class ShareLink(models.Model):
    """Shows a public session to everybody who has the code and is signed in."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="share_link")
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.code)


class Decision(models.Model):
    """What staff decided about a shared session: who, when and why. It outlives the session."""

    class Kind(models.TextChoices):
        HIDE = "hide"
        UNHIDE = "unhide"
        DISMISS = "dismiss", "dismiss reports"

    share = models.ForeignKey(
        CommunityShare, on_delete=models.SET_NULL, null=True, related_name="decisions"
    )
    community_session_id = models.BigIntegerField(help_text="Kept when the share is deleted.")
    title = models.CharField(max_length=200, help_text="Of the session at that time.")
    kind = models.CharField(max_length=7, choices=Kind)
    note = models.TextField(blank=True, help_text="Why.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> "ReportQuerySet":
        return self.filter(decision=None)


class Report(models.Model):
    """A person's complaint about a shared session; it waits until staff decide."""

    class Reason(models.TextChoices):
        SPAM = "spam"
        COPYRIGHT = "copyright"
        PRIVACY = "privacy", "shows somebody who did not agree"
        OFFENSIVE = "offensive"
        ILLEGAL = "illegal"
        OTHER = "other"

    share = models.ForeignKey(CommunityShare, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports"
    )
    reason = models.CharField(max_length=9, choices=Reason)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_report_per_person_and_share", fields=["share", "reporter"]
            )
        ]
        indexes = [
            models.Index(
                fields=["share"], condition=Q(decision=None), name="reports_waiting_by_share"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.share}"


class ReportedShare(CommunityShare):
    """A share as the queue of moderation shows it."""

    class Meta:
        proxy = True
        verbose_name = "reported session"
        verbose_name_plural = "moderation queue"
