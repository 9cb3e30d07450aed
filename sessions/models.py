"""Sessions, and which of them somebody owns, may see, or a copy fills."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, PositiveSmallIntegerField, Q, Subquery
from django.db.models.functions import JSONObject, Now

from credits.models import CreditTransaction
from joip.media.buckets import GENERAL, USER_MEDIA
from joip.users.models import User
from joip.visible_text import VisibleCharField
from joip.word_fields import ModelWithWords, SortKeyField, WordsField
from sessions.backup_leases import BackupLease as BackupLease
from sessions.categories import Category
from sessions.import_urls import COMMUNITY, community_session_id_of, import_url_of
from sessions.slides import THUMBNAIL_FIELDS, count_of
from sessions.slides import SessionMedia as SessionMedia


class SessionQuerySet(models.QuerySet["Session"]):
    def owned_by(self, user: User) -> "SessionQuerySet":
        return self.filter(owner=user)

    def visible_to(self, user: User) -> "SessionQuerySet":
        """What this person may read by id: their own, and public ones; never a snapshot."""
        return self.filter(Q(owner=user) | Q(is_public=True, owner__isnull=False))

    def snapshots(self) -> "SessionQuerySet":
        return self.filter(owner__isnull=True)

    def owned(self) -> "SessionQuerySet":
        return self.filter(owner__isnull=False)

    def retired(self) -> "SessionQuerySet":
        return self.snapshots().filter(snapshot_of__isnull=True)

    def saved_from(self, *community_session_ids: int) -> "SessionQuerySet":
        """Saves of these shared sessions; at most one of each for an owner."""
        import_urls = [import_url_of(pk) for pk in community_session_ids]
        return self.filter(import_source=COMMUNITY, import_url__in=import_urls)

    def copying(self) -> "SessionQuerySet":
        return self.filter(media_status=Session.MediaStatus.COPYING)

    def waiting(self) -> "SessionQuerySet":
        """Copies that nobody has begun, or that were given back."""
        return self.copying().filter(copy_lease_expires_at=None)

    def abandoned(self) -> "SessionQuerySet":
        """Those whose process is dead or stalled: the lease ran out."""
        return self.copying().filter(copy_lease_expires_at__lt=Now())

    def at_work(self) -> "SessionQuerySet":
        return self.copying().filter(copy_lease_expires_at__gte=Now())

    def to_resume(self) -> "SessionQuerySet":
        return self.waiting() | self.abandoned()

    def with_media_counts(self) -> "SessionQuerySet":
        """For sessions in libraries. Counted for the rows that are shown, and no others."""
        slides = SessionMedia.objects.filter(session=OuterRef("pk"))
        return self.annotate(
            media_count=count_of(slides), media_copied=count_of(slides.exclude(bucket=GENERAL))
        )

    def with_thumbnail_slide(self) -> "SessionQuerySet":
        """What the thumbnail shows: the fields of a slide that its addresses need, or None."""
        slides = SessionMedia.objects.filter(session=OuterRef("pk")).best_for_thumbnail()
        fields = JSONObject(**{name: name for name in THUMBNAIL_FIELDS})
        return self.annotate(thumbnail_slide=Subquery(slides.values(fields=fields)[:1]))

    def as_shown(self) -> "SessionQuerySet":
        return self.with_media_counts().with_thumbnail_slide()


INTERVAL = [MinValueValidator(1), MaxValueValidator(60)]


class Session(ModelWithWords):
    """A captioned slideshow in somebody's library, or, without an owner, a snapshot.

    A snapshot is a frozen copy of the session in `snapshot_of`, and what people see and save
    of it. Without `snapshot_of` it is retired: it is deleted when no copy reads it any more.
    """

    class Transition(models.TextChoices):
        FADE = "fade"
        SLIDE = "slide"
        ZOOM = "zoom"
        FLIP = "flip"
        NONE = "none"

    class MediaStatus(models.TextChoices):
        READY = "ready"
        COPYING = "copying"
        FAILED = "failed"

    # Never None to the type checker: code that may hold a snapshot asks for `owner_id`.
    owner: models.ForeignKey[User | None, User] = models.ForeignKey(  # type: ignore[misc]  # null, but see above
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="library"
    )

    title = VisibleCharField(max_length=200)
    title_sort = SortKeyField("title")
    subreddits = models.JSONField(default=list, blank=True)
    category = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, blank=True)
    interval_min = PositiveSmallIntegerField(default=3, validators=INTERVAL, help_text="Seconds.")
    interval_max = PositiveSmallIntegerField(default=10, validators=INTERVAL, help_text="Seconds.")
    transition = models.CharField(max_length=5, choices=Transition, default=Transition.FADE)
    caption_theme = models.CharField(max_length=100, blank=True)
    ai_prompt = models.TextField(blank=True)
    is_manual_mode = models.BooleanField(
        default=False, help_text="Plays its stored media and never fetches new."
    )
    is_imported = models.BooleanField(default=False, editable=False)
    import_source = models.CharField(max_length=20, blank=True, editable=False)
    import_url = models.CharField(max_length=500, blank=True, editable=False)
    # As of the save: they outlive the original and its author.
    original_title = models.CharField(max_length=200, blank=True, editable=False)
    original_author = models.CharField(
        max_length=150, blank=True, editable=False, help_text="Their display name."
    )
    words = WordsField("title", "original_author")

    is_public = models.BooleanField(default=False)
    is_favorite = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # How far its copy is, and what it cost: see `sessions.copying` and `sessions.leases`.
    media_status = models.CharField(
        max_length=7, choices=MediaStatus, default=MediaStatus.READY, editable=False
    )
    copy_attempt = models.PositiveIntegerField(default=0, editable=False)
    copy_takeovers = models.PositiveSmallIntegerField(default=0, editable=False)
    copy_lease_expires_at = models.DateTimeField(null=True, editable=False)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="copies"
    )
    snapshot_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="snapshots"
    )
    # Of a snapshot, which never loses a slide: so that the feed need not look at its slides.
    slide_count = models.PositiveIntegerField(null=True, editable=False)
    cover = models.ForeignKey(
        "SessionMedia",
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    charge = models.OneToOneField(
        CreditTransaction,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        help_text="The ledger row that paid for it.",
    )
    charge_waived = models.BooleanField(default=False, editable=False)

    # What the feed of `community` sets on the snapshots that it shows.
    slides: "list[SessionMedia]"
    is_mine: bool
    saved_session_id: int | None
    save_cost: int | None

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["copy_lease_expires_at"],
                condition=Q(media_status="copying"),
                name="unfinished_copies_by_lease",
            ),
            models.Index(
                fields=["id"],
                condition=Q(owner__isnull=True, snapshot_of__isnull=True),
                name="retired_snapshots",
            ),
            # A library's page in each order and behind each filter. PostgreSQL reads
            # them from either end.
            models.Index(fields=["owner", "id"], name="library_by_age"),
            models.Index(fields=["owner", "updated_at", "id"], name="library_by_change"),
            models.Index(fields=["owner", "title_sort", "id"], name="library_by_title"),
            models.Index(fields=["owner", "category", "id"], name="library_by_category"),
            models.Index(
                fields=["owner", "id"], condition=Q(is_favorite=True), name="library_favorites"
            ),
            models.Index(fields=["owner", "media_status", "id"], name="library_by_media_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_save_per_owner_and_shared_session",
                fields=["owner", "import_url"],
                condition=Q(import_source="community"),
            ),
            models.CheckConstraint(
                name="community_import_names_its_source",
                condition=~Q(import_source="community") | ~Q(import_url=""),
            ),
            models.UniqueConstraint(
                name="one_whole_snapshot_per_session",
                fields=["snapshot_of"],
                condition=Q(media_status="ready", snapshot_of__isnull=False),
            ),
            models.CheckConstraint(
                name="snapshot_is_never_public",
                condition=Q(owner__isnull=False) | Q(is_public=False),
            ),
            models.CheckConstraint(
                name="only_a_snapshot_is_snapshot_of",
                condition=Q(owner__isnull=True) | Q(snapshot_of__isnull=True),
            ),
            models.CheckConstraint(
                name="intervals_between_1_and_60_min_first",
                condition=Q(
                    interval_min__gte=1, interval_max__gte=F("interval_min"), interval_max__lte=60
                ),
                violation_error_message="Intervals are 1 to 60 seconds, the shorter one first.",
            ),
            models.CheckConstraint(
                name="a_lease_only_while_copying",
                condition=Q(media_status="copying") | Q(copy_lease_expires_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_ready_session_reads_no_snapshot",
                condition=~Q(media_status="ready") | Q(copied_from__isnull=True),
            ),
            models.CheckConstraint(
                name="a_failed_session_holds_no_charge",
                condition=~Q(media_status="failed") | Q(charge__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def saved_from_id(self) -> int | None:
        """The community session ID of what it was saved from; None if it was not."""
        if self.import_source != COMMUNITY:
            return None
        return community_session_id_of(self.import_url)

    @property
    def is_snapshot(self) -> bool:
        return self.owner_id is None

    @property
    def bucket(self) -> str:
        return GENERAL if self.is_snapshot else USER_MEDIA

    @property
    def source_bucket(self) -> str:
        """Where a copy's pending slides lie: at what it is a copy of."""
        return USER_MEDIA if self.is_snapshot else GENERAL

    def pending(self) -> "models.QuerySet[SessionMedia]":
        return self.media.filter(bucket=self.source_bucket)
