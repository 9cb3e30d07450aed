"""Slides, and which of a session has its thumbnail."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce

from joip.media.addresses import Window, current_window
from joip.media.buckets import GENERAL, USER_MEDIA, get_bucket
from joip.visible_text import VisibleTextField
from joip.word_fields import ModelWithWords, WordsField
from sessions.external_addresses import validate_external_address

THUMBNAIL_FIELDS = [
    *["media_type", "bucket", "key", "external_url"],
    *["rendition", "width", "height", "placeholder"],
]


class SessionMediaQuerySet(models.QuerySet["SessionMedia"]):
    def best_for_thumbnail(self) -> "SessionMediaQuerySet":
        """Those that have a thumbnail: the chosen one first, then in their order."""
        have_one = self.filter(Q(rendition__isnull=False) | Q(media_type="image"))
        return have_one.order_by("-is_thumbnail", "order", "id")


class SessionMedia(ModelWithWords):
    """A slide: an object in one of our buckets, or the address of one elsewhere."""

    class MediaType(models.TextChoices):
        IMAGE = "image"
        VIDEO = "video"

    # Without an index of its own: that of the names begins with the session.
    session = models.ForeignKey(
        "Session", on_delete=models.CASCADE, related_name="media", db_index=False
    )
    name = models.UUIDField(default=uuid.uuid4, editable=False)
    order = models.PositiveIntegerField(help_text="From 0, without gaps.")
    media_type = models.CharField(max_length=5, choices=MediaType)
    caption = VisibleTextField(blank=True)
    words = WordsField("caption")
    is_thumbnail = models.BooleanField(default=False)
    bucket = models.CharField(
        max_length=10, blank=True, choices=[(GENERAL, GENERAL), (USER_MEDIA, USER_MEDIA)]
    )
    key = models.CharField(max_length=1024, blank=True)
    external_url = models.CharField(
        max_length=2000, blank=True, validators=[validate_external_address]
    )
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes; unknown for external media.")
    width = models.PositiveIntegerField(null=True, help_text="Pixels, upright.")
    height = models.PositiveIntegerField(null=True, help_text="Pixels, upright.")
    duration = models.FloatField(null=True, help_text="Seconds, of a video.")
    placeholder = models.CharField(
        max_length=250, blank=True, help_text="A tiny picture, as a data address."
    )
    rendition = models.UUIDField(
        null=True,
        db_index=True,
        help_text="Names its smaller pictures: see sessions/renditions.py.",
    )
    came_with_save = models.BooleanField(
        default=False, editable=False, help_text="Or else its owner has added it."
    )
    source_post_id = models.CharField(max_length=20, blank=True)
    source_post_url = models.CharField(
        max_length=2000, blank=True, validators=[validate_external_address]
    )
    subreddit = models.CharField(max_length=50, blank=True)

    objects = SessionMediaQuerySet.as_manager()

    class Meta:
        db_table = "session_media"
        ordering = ["order", "id"]
        verbose_name = "slide"
        indexes = [models.Index(fields=["bucket", "key"], name="media_by_object")]
        constraints = [
            models.CheckConstraint(
                name="media_is_stored_or_external",
                condition=Q(bucket__in=[GENERAL, USER_MEDIA], external_url="", size__isnull=False)
                & ~Q(key="")
                | Q(bucket="", key="") & ~Q(external_url=""),
            ),
            models.UniqueConstraint(
                name="slides_of_a_session_differ_in_name", fields=["session", "name"]
            ),
            models.UniqueConstraint(
                name="at_most_one_thumbnail_per_session",
                fields=["session"],
                condition=Q(is_thumbnail=True),
            ),
        ]

    def __str__(self) -> str:
        return self.caption or f"{self.media_type} {self.order}"

    @property
    def url(self) -> str:
        """The address for browsers now: see `joip.media.addresses`."""
        return self.url_in(current_window())

    def url_in(self, window: Window) -> str:
        return self.external_url or get_bucket(self.bucket).address(self.key, window)

    def url_expires_at(self, window: Window) -> datetime | None:
        return None if self.external_url else window.expires_at


def count_of(slides: "models.QuerySet[SessionMedia]") -> Coalesce:
    counted = slides.order_by().values("session").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)
