from rest_framework import serializers

from sessions.models import Session, SessionMedia


class SessionSerializer(serializers.ModelSerializer):
    """A session as the API shows it; from a queryset `with_media_counts()`."""

    userId = serializers.IntegerField(source="owner_id")
    categoryId = serializers.IntegerField(source="category_id")
    intervalMin = serializers.IntegerField(source="interval_min")
    intervalMax = serializers.IntegerField(source="interval_max")
    thumbnail = serializers.SerializerMethodField()
    aiPrompt = serializers.CharField(source="ai_prompt")
    captionTheme = serializers.CharField(source="caption_theme")
    isPublic = serializers.BooleanField(source="is_public")
    isFavorite = serializers.BooleanField(source="is_favorite")
    isManualMode = serializers.BooleanField(source="is_manual_mode")
    isImported = serializers.BooleanField(source="is_imported")
    importSource = serializers.CharField(source="import_source")
    importUrl = serializers.CharField(source="import_url")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    mediaStatus = serializers.CharField(source="media_status")
    mediaCount = serializers.IntegerField(source="media_count")
    mediaCopied = serializers.IntegerField(source="media_copied")

    class Meta:
        model = Session
        fields = [
            "id",
            "title",
            "userId",
            "subreddits",
            "categoryId",
            "intervalMin",
            "intervalMax",
            "transition",
            "thumbnail",
            "aiPrompt",
            "captionTheme",
            "isPublic",
            "isFavorite",
            "isManualMode",
            "isImported",
            "importSource",
            "importUrl",
            "createdAt",
            "updatedAt",
            "mediaStatus",
            "mediaCount",
            "mediaCopied",
        ]

    def get_thumbnail(self, session) -> str | None:
        slide = min(session.media.all(), key=lambda slide: not slide.is_thumbnail, default=None)
        return thumbnail_of(slide) if slide else None


class SessionMediaSerializer(serializers.ModelSerializer):
    sessionId = serializers.IntegerField(source="session_id")
    mediaUrl = serializers.CharField(source="url")
    thumbnail = serializers.SerializerMethodField()
    type = serializers.CharField(source="media_type")
    redditPostId = serializers.CharField(source="source_post_id")
    redditPostUrl = serializers.CharField(source="source_post_url")

    class Meta:
        model = SessionMedia
        fields = [
            "id",
            "sessionId",
            "mediaUrl",
            "thumbnail",
            "caption",
            "type",
            "redditPostId",
            "redditPostUrl",
            "subreddit",
            "order",
        ]

    def get_thumbnail(self, slide) -> str | None:
        return thumbnail_of(slide)


def thumbnail_of(slide: SessionMedia) -> str | None:
    return slide.url if slide.media_type == SessionMedia.MediaType.IMAGE else None
