"""Slides, thumbnails and media addresses as the API shows them, and the input of uploads."""

from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joip.api.serializers import ListField, StrictSerializer, TextField, VisibleTextField
from joip.media.addresses import Window, current_window
from joip.media.buckets import USER_MEDIA, get_bucket
from sessions.categories import Category
from sessions.external_addresses import validate_external_address
from sessions.models import Session, SessionMedia
from sessions.renditions import renditions_of
from sessions.uploading import MAX_SLIDES

MAX_CAPTION_LENGTH = 2000
MAX_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES


EXPIRES_AT_HELP = (
    "When the media addresses beside it expire; a new request gives new ones. null where there are "
    "none, or only addresses of other sites."
)


class AddressesSerializer(serializers.Serializer):
    """Shows addresses of media, all of one window."""

    @cached_property
    def window(self) -> Window:
        return current_window()


class ThumbnailSerializer(AddressesSerializer):
    """Of a session: see `thumbnail_slide`."""

    thumbnail = serializers.SerializerMethodField(
        help_text="The cover, or the first slide that has a thumbnail."
    )
    mediaExpiresAt = serializers.SerializerMethodField(
        "get_media_expires_at", help_text=EXPIRES_AT_HELP
    )

    def get_thumbnail(self, session) -> str | None:
        return first_thumbnail(session, self.window)

    def get_media_expires_at(self, session) -> datetime | None:
        slide = thumbnail_slide(session)
        return slide.url_expires_at(self.window) if slide else None


class RenditionSerializer(serializers.Serializer):
    url = serializers.CharField()
    width = serializers.IntegerField(help_text="Pixels.")
    height = serializers.IntegerField(help_text="Pixels.")


class RenditionsSerializer(serializers.Serializer):
    """Smaller pictures of a stored picture or video, in WebP."""

    small = RenditionSerializer(help_text="Fits 640 pixels.")
    large = RenditionSerializer(
        allow_null=True, help_text="Fits 2048 pixels; null where the original is no larger."
    )


class SessionMediaSerializer(AddressesSerializer, serializers.ModelSerializer):
    sessionId = serializers.IntegerField(source="session_id")
    mediaUrl = serializers.CharField(
        source="url", help_text="Like all addresses of media, relative where this server serves it."
    )
    thumbnail = serializers.CharField(
        allow_null=True,
        help_text="The small rendition, or an external picture itself. null for external videos.",
    )
    mediaExpiresAt = serializers.DateTimeField(allow_null=True, help_text=EXPIRES_AT_HELP)
    type = serializers.ChoiceField(SessionMedia.MediaType.choices, source="media_type")
    isThumbnail = serializers.BooleanField(source="is_thumbnail")
    redditPostId = serializers.CharField(source="source_post_id")
    redditPostUrl = serializers.CharField(source="source_post_url")
    caption = serializers.CharField()
    subreddit = serializers.CharField()
    order = serializers.IntegerField(min_value=0)
    width = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Pixels, as it is shown. null where unknown."
    )
    height = serializers.IntegerField(min_value=1, allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds, of a video.")
    placeholder = serializers.CharField(
        help_text="A tiny picture as a data address, to show until the media is loaded. Blank "
        "where there is none."
    )
    renditions = RenditionsSerializer(allow_null=True)

    class Meta:
        model = SessionMedia
        fields = [
            "id",
            "sessionId",
            "mediaUrl",
            "thumbnail",
            "renditions",
            "width",
            "height",
            "duration",
            "placeholder",
            "mediaExpiresAt",
            "caption",
            "type",
            "isThumbnail",
            "redditPostId",
            "redditPostUrl",
            "subreddit",
            "order",
        ]

    def to_representation(self, slide):
        """All of `Meta.fields`, written out: one by one they take 0.5 ms a slide, and a session has
        up to 1,000.
        """
        renditions = renditions_json(slide, self.window)
        return {
            "id": slide.pk,
            "sessionId": slide.session_id,
            "mediaUrl": slide.url_in(self.window),
            "thumbnail": (
                renditions["small"]["url"] if renditions else own_thumbnail(slide, self.window)
            ),
            "renditions": renditions,
            "width": slide.width,
            "height": slide.height,
            "duration": slide.duration,
            "placeholder": slide.placeholder,
            "mediaExpiresAt": None if slide.external_url else self.expires_at,
            "caption": slide.caption,
            "type": slide.media_type,
            "isThumbnail": slide.is_thumbnail,
            "redditPostId": slide.source_post_id,
            "redditPostUrl": slide.source_post_url,
            "subreddit": slide.subreddit,
            "order": slide.order,
        }

    @cached_property
    def expires_at(self) -> str:
        return serializers.DateTimeField().to_representation(self.window.expires_at)


def renditions_json(slide: SessionMedia, window: Window) -> dict | None:
    renditions = renditions_of(slide)
    if not renditions:
        return None
    bucket = get_bucket(USER_MEDIA)
    shown = {
        name: {"url": bucket.address(key, window), "width": width, "height": height}
        for name, (key, width, height) in renditions.items()
    }
    return {"small": shown["small"], "large": shown.get("large")}


def thumbnail_of(slide: SessionMedia, window: Window) -> str | None:
    """The small rendition; of an external picture, or one without renditions, itself."""
    if small := renditions_of(slide).get("small"):
        return get_bucket(USER_MEDIA).address(small.key, window)
    return own_thumbnail(slide, window)


def own_thumbnail(slide: SessionMedia, window: Window) -> str | None:
    return slide.url_in(window) if slide.media_type == SessionMedia.MediaType.IMAGE else None


def thumbnail_slide(session: Session) -> SessionMedia | None:
    """A snapshot knows it; others have it from `with_thumbnail_slide()`."""
    if session.is_snapshot:
        return session.cover
    if session.thumbnail_slide is None:
        return None
    rendition = session.thumbnail_slide["rendition"]
    fields = session.thumbnail_slide | {"rendition": rendition and UUID(rendition)}
    return SessionMedia(**fields)


def first_thumbnail(session: Session, window: Window) -> str | None:
    slide = thumbnail_slide(session)
    return thumbnail_of(slide, window) if slide else None


class CategorySerializer(serializers.ModelSerializer):
    isDefault = serializers.BooleanField(source="is_default")

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "isDefault"]


class Upload(StrictSerializer):
    files = ListField(child=serializers.FileField(), min_length=1, max_length=MAX_FILES)
    captions = ListField(
        child=VisibleTextField(lines=True, allow_blank=True, max_length=MAX_CAPTION_LENGTH),
        max_length=MAX_FILES,
        default=list,
        help_text="One for each file, in the same order; missing ones are blank.",
    )

    def validate(self, values):
        missing = len(values["files"]) - len(values["captions"])
        if missing < 0:
            raise serializers.ValidationError({"captions": ["More captions than files."]})
        values["captions"] += [""] * missing
        return values


# Not DRF's URLField, which refuses underscores in host names.
@extend_schema_field({"type": "string", "format": "uri", "maxLength": 2000})
class ExternalAddressField(TextField):
    def __init__(self, **options):
        super().__init__(max_length=2000, validators=[validate_external_address], **options)


class ExternalMediaItem(StrictSerializer):
    externalUrl = ExternalAddressField(
        source="external_url",
        help_text="An https address of a public host, without a user name and password.",
    )
    width = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    height = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    type = serializers.ChoiceField(SessionMedia.MediaType.choices, source="media_type")
    caption = VisibleTextField(
        lines=True, allow_blank=True, default="", max_length=MAX_CAPTION_LENGTH
    )
    redditPostId = serializers.CharField(
        source="source_post_id", allow_blank=True, default="", max_length=20
    )
    redditPostUrl = ExternalAddressField(source="source_post_url", allow_blank=True, default="")
    subreddit = serializers.CharField(allow_blank=True, default="", max_length=50)


class ExternalMedia(StrictSerializer):
    media = ExternalMediaItem(many=True, allow_empty=False, max_length=100)


class SlideChanges(StrictSerializer):
    caption = VisibleTextField(
        lines=True, required=False, allow_blank=True, max_length=MAX_CAPTION_LENGTH
    )
    isThumbnail = serializers.BooleanField(source="is_thumbnail", required=False)


class SlideOrder(StrictSerializer):
    mediaIds = ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=MAX_SLIDES,
        help_text="Every slide of the session, once.",
    )
