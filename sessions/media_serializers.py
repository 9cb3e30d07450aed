from datetime import datetime
from functools import cached_property

from rest_framework import serializers

from joip.api.serializers import StrictSerializer, VisibleTextField
from joip.media.addresses import Window, current_window
from sessions.models import Category, Session, SessionMedia

MAX_CAPTION_LENGTH = 2000


class AddressesSerializer(serializers.Serializer):
    """Shows addresses of media, all of one window, and when they expire."""

    thumbnail = serializers.SerializerMethodField()
    mediaExpiresAt = serializers.SerializerMethodField(
        "get_media_expires_at",
        help_text="When the media addresses beside it expire; a new request gives new ones. null "
        "where there are none, or only addresses of other sites.",
    )

    @cached_property
    def window(self) -> Window:
        return current_window()


class ThumbnailSerializer(AddressesSerializer):
    """Of a session from `with_first_slide()`."""

    def get_thumbnail(self, session) -> str | None:
        return first_thumbnail(session, self.window)

    def get_media_expires_at(self, session) -> datetime | None:
        slide = first_slide(session)
        return slide.url_expires_at(self.window) if slide and has_thumbnail(slide) else None


class SessionMediaSerializer(AddressesSerializer, serializers.ModelSerializer):
    sessionId = serializers.IntegerField(source="session_id")
    mediaUrl = serializers.SerializerMethodField("get_media_url")
    type = serializers.ChoiceField(SessionMedia.MediaType.choices, source="media_type")
    isThumbnail = serializers.BooleanField(source="is_thumbnail")
    redditPostId = serializers.CharField(source="source_post_id")
    redditPostUrl = serializers.CharField(source="source_post_url")
    caption = serializers.CharField()
    subreddit = serializers.CharField()
    order = serializers.IntegerField(min_value=0)

    class Meta:
        model = SessionMedia
        fields = [
            "id",
            "sessionId",
            "mediaUrl",
            "thumbnail",
            "mediaExpiresAt",
            "caption",
            "type",
            "isThumbnail",
            "redditPostId",
            "redditPostUrl",
            "subreddit",
            "order",
        ]

    def get_media_url(self, slide) -> str:
        return slide.url_in(self.window)

    def get_thumbnail(self, slide) -> str | None:
        return thumbnail_of(slide, self.window)

    def get_media_expires_at(self, slide) -> datetime | None:
        return slide.url_expires_at(self.window)


def has_thumbnail(slide: SessionMedia) -> bool:
    return slide.media_type == SessionMedia.MediaType.IMAGE


def thumbnail_of(slide: SessionMedia, window: Window) -> str | None:
    return slide.url_in(window) if has_thumbnail(slide) else None


def first_slide(session: Session) -> SessionMedia | None:
    """Of a session from `with_first_slide()`."""
    return SessionMedia(**session.first_slide) if session.first_slide else None


def first_thumbnail(session: Session, window: Window) -> str | None:
    slide = first_slide(session)
    return thumbnail_of(slide, window) if slide else None


class CategorySerializer(serializers.ModelSerializer):
    isDefault = serializers.BooleanField(source="is_default")

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "isDefault"]


class Upload(StrictSerializer):
    files = serializers.ListField(child=serializers.FileField(), min_length=1)
    captions = serializers.ListField(
        child=VisibleTextField(lines=True, allow_blank=True, max_length=MAX_CAPTION_LENGTH),
        default=list,
        help_text="One for each file, in the same order; missing ones are blank.",
    )

    def validate(self, values):
        missing = len(values["files"]) - len(values["captions"])
        if missing < 0:
            raise serializers.ValidationError({"captions": ["More captions than files."]})
        values["captions"] += [""] * missing
        return values


class ExternalMediaItem(StrictSerializer):
    externalUrl = serializers.URLField(source="external_url", max_length=2000)
    type = serializers.ChoiceField(SessionMedia.MediaType.choices, source="media_type")
    caption = VisibleTextField(
        lines=True, allow_blank=True, default="", max_length=MAX_CAPTION_LENGTH
    )
    redditPostId = serializers.CharField(
        source="source_post_id", allow_blank=True, default="", max_length=20
    )
    redditPostUrl = serializers.URLField(
        source="source_post_url", allow_blank=True, default="", max_length=2000
    )
    subreddit = serializers.CharField(allow_blank=True, default="", max_length=50)


class ExternalMedia(StrictSerializer):
    media = ExternalMediaItem(many=True, allow_empty=False, max_length=100)


class SlideChanges(StrictSerializer):
    caption = VisibleTextField(
        lines=True, required=False, allow_blank=True, max_length=MAX_CAPTION_LENGTH
    )
    isThumbnail = serializers.BooleanField(source="is_thumbnail", required=False)


class SlideOrder(StrictSerializer):
    mediaIds = serializers.ListField(
        child=serializers.IntegerField(min_value=1), help_text="Every slide of the session, once."
    )
