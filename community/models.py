import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from community.search_entries import SearchEntry as SearchEntry
from joip.users.models import User
from sessions.categories import Category
from sessions.models import Session

# Written once: PostgreSQL uses a partial index only for a query with the same condition.
OPEN = Q(withdrawn_at=None, hidden_at=None, snapshot__isnull=False)
MAX_FEATURED = 6  # on the home page
MAY_BE_FEATURED = Q(allow_featuring=True, withdrawn_at=None, hidden_at=None)


class CommunityShareQuerySet(models.QuerySet["CommunityShare"]):
    def open(self) -> "CommunityShareQuerySet":
        """What everybody sees and may save."""
        return self.filter(OPEN)

    def open_to(self, user: User | AnonymousUser) -> "CommunityShareQuerySet":
        """What this person may see: what is open, their own also while hidden, and staff all."""
        shares = self.filter(withdrawn_at=None, snapshot__isnull=False)
        if user.is_staff:
            return shares
        visible = Q(hidden_at=None)
        return shares.filter(visible | Q(session__owner=user) if user.pk else visible)

    def featured(self) -> "CommunityShareQuerySet":
        """What the home page shows, in its order. It plays for everybody, signed in or not."""
        return self.open().filter(featured_place__isnull=False).order_by("featured_place")

    def made_from(self, community_session_id: int) -> "CommunityShareQuerySet":
        """Shares of its copies, of copies of those, and so on."""
        return self.filter(session__origins__community_session_id=community_session_id)

    def with_reports(self) -> "CommunityShareQuerySet":
        """`report_count` and `first_report_at` of the reports that wait for a decision."""
        waiting = Report.objects.waiting().filter(share=OuterRef("pk")).values("share")
        return self.annotate(
            report_count=Coalesce(Subquery(waiting.values(count=Count("pk"))), 0),
            first_report_at=Subquery(waiting.values(first=Min("created_at"))),
        )

    def with_state(self) -> "CommunityShareQuerySet":
        """`state`: open, or why not. `snapshot_status`: how far the newest snapshot is;
        `snapshot_made_at`: since when it shows the session as it was.
        """
        state = CommunityShare.State
        snapshots = Session.objects.filter(snapshot_of=OuterRef("session")).order_by("-pk")
        return self.annotate(
            state=Case(
                When(hidden_at__isnull=False, then=Value(state.HIDDEN)),
                When(withdrawn_at__isnull=False, then=Value(state.WITHDRAWN)),
                When(snapshot=None, then=Value(state.INCOMPLETE)),
                default=Value(state.OPEN),
            ),
            snapshot_status=Subquery(snapshots.values("media_status")[:1]),
            snapshot_made_at=Subquery(snapshots.values("created_at")[:1]),
        )


class CommunityShare(models.Model):
    """A session offered to the community; its id is the contract's "community session ID".

    Until it is withdrawn, its session is public (`sharing`, `sessions.hooks.made_private`).

    `snapshot` is what people see and save: the session's whole snapshot, if there is one;
    `category` is that one's. Only `sharing.show_current_snapshot` writes them.
    """

    class State(models.TextChoices):
        OPEN = "open"
        HIDDEN = "hidden"
        WITHDRAWN = "withdrawn"
        INCOMPLETE = "incomplete", "no whole snapshot"

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, related_name="community_share"
    )
    shared_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="By its owner.")
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="By staff.")
    public_before = models.BooleanField(
        default=False, help_text="Whether the session was public before it was offered last."
    )
    allow_saves = models.BooleanField(default=True, help_text="The author's choice.")
    allow_featuring = models.BooleanField(
        default=False, help_text="The author's choice: whether the home page may show it."
    )
    featured_place = models.PositiveSmallIntegerField(
        null=True, editable=False, unique=True, help_text="On the home page, by staff."
    )
    save_count = models.PositiveIntegerField(
        default=0,
        help_text="Saves that were paid for, also of copies that are deleted since, and free ones "
        "whose copies are still there.",
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
        constraints = [
            models.CheckConstraint(
                name="featured_in_one_of_the_places",
                condition=Q(featured_place__range=(1, MAX_FEATURED)),
            ),
            models.CheckConstraint(
                name="featured_is_allowed_offered_and_not_hidden",
                condition=Q(featured_place=None) | MAY_BE_FEATURED,
            ),
        ]

    def __str__(self) -> str:
        return str(self.session)

    @property
    def last_decision(self) -> "Decision | None":
        """Because of which it is hidden, or hidden no more."""
        return self.decisions.on_hiding().select_related("cause").order_by("-pk").first()

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.hidden_at is None and self.snapshot is not None


class ShareLink(models.Model):
    """Shows a session, public or not, to everybody who has the code and is signed in."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="share_link")
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.code)


class Reason(models.TextChoices):
    """Why people report a session, and why staff hide one."""

    SPAM = "spam"
    COPYRIGHT = "copyright"
    PRIVACY = "privacy", "shows somebody who did not agree"
    OFFENSIVE = "offensive"
    ILLEGAL = "illegal"
    OTHER = "other"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def on_hiding(self) -> "DecisionQuerySet":
        """The last of these says whether a community session is hidden."""
        return self.filter(kind__in=[Decision.Kind.HIDE, Decision.Kind.UNHIDE])

    def unfinished(self) -> "DecisionQuerySet":
        return self.filter(is_unfinished=True)


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
    reason = models.CharField(
        max_length=9, choices=Reason, blank=True, help_text="Why it is hidden: the author sees it."
    )
    sentence = models.TextField(blank=True, help_text="To the author, who sees it.")
    note = models.TextField(blank=True, help_text="For staff alone.")
    reaches_copies = models.BooleanField(
        default=False, help_text="Whether it also holds for shares made from copies."
    )
    is_unfinished = models.BooleanField(
        default=False, help_text="Not yet repeated for all these: `resume_copies` goes on."
    )
    cause = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="consequences",
        help_text="The decision about what this one was copied from, which this one repeats.",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["community_session_id", "id"], name="decisions_by_share"),
            models.Index(
                fields=["id"], condition=Q(is_unfinished=True), name="unfinished_decisions"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="what_is_hidden_has_a_reason", condition=~Q(kind="hide", reason="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"

    @property
    def origin_id(self) -> int | None:
        """What staff decided about, if it was what this session descends from."""
        return self.cause.community_session_id if self.cause else None


class OriginQuerySet(models.QuerySet["Origin"]):
    def hidden(self) -> "OriginQuerySet":
        """Those that staff have hidden, by the last decision: share and session may be gone."""
        decisions = Decision.objects.on_hiding().filter(
            community_session_id=OuterRef("community_session_id")
        )
        last = Subquery(decisions.order_by("-pk").values("kind")[:1])
        return self.alias(last_decision=last).filter(last_decision=Decision.Kind.HIDE)


class Origin(models.Model):
    """A community session that a session descends from: what it was saved from, what that was
    saved from, and so on. Snapshots have those of their session.
    """

    session = models.ForeignKey(
        Session,
        on_delete=models.CASCADE,
        related_name="origins",
        db_index=False,  # the constraint's index begins with it
    )
    community_session_id = models.BigIntegerField(help_text="Kept when the share is deleted.")

    objects = OriginQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["community_session_id", "session"], name="descendants_by_origin")
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_row_per_session_and_origin", fields=["session", "community_session_id"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} from {self.community_session_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> "ReportQuerySet":
        return self.filter(decision=None)


class Report(models.Model):
    """A person's complaint about a shared session; it waits until staff decide."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        ANSWERED = "answered"

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

    @property
    def status(self) -> "Report.Status":
        return self.Status.ANSWERED if self.decision else self.Status.WAITING

    @property
    def has_led_to_hiding(self) -> bool:
        return self.decision is not None and self.decision.kind == Decision.Kind.HIDE


class ReportedShare(CommunityShare):
    """A share as the queue of moderation shows it."""

    class Meta:
        proxy = True
        verbose_name = "reported session"
        verbose_name_plural = "moderation queue"
