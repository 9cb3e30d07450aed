from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joip.api import LARGEST_ID
from joip.paging import PageQuery
from joip.serializers import StrictSerializer
from sessions.models import Category, Session, SessionMedia

LONGEST_CAPTION = 2000


class IdField(serializers.IntegerField):
    """A number that can be an id; SQLite fails on larger ones."""

    def __init__(self, **options):
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)


class SavedFromSerializer(serializers.Serializer):
    """Where a saved session came from, as of the save."""

    communitySessionId = serializers.IntegerField()
    title = serializers.CharField()
    author = serializers.CharField(help_text="The display name of whoever shared it.")


class SessionSerializer(serializers.ModelSerializer):
    """A session as the API shows it, from `with_media_counts()` and `with_first_slide()`."""

    userId = serializers.IntegerField(source="owner_id")
    subreddits = serializers.ListField(child=serializers.CharField())
    categoryId = serializers.IntegerField(source="category_id", allow_null=True)
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
    savedFrom = serializers.SerializerMethodField("get_saved_from")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    mediaStatus = serializers.ChoiceField(Session.MediaStatus.choices, source="media_status")
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
            "savedFrom",
            "createdAt",
            "updatedAt",
            "mediaStatus",
            "mediaCount",
            "mediaCopied",
        ]

    def get_thumbnail(self, session) -> str | None:
        return first_thumbnail(session)

    @extend_schema_field(SavedFromSerializer(allow_null=True))
    def get_saved_from(self, session) -> dict | None:
        if session.saved_from_id is None:
            return None
        return {
            "communitySessionId": session.saved_from_id,
            "title": session.original_title,
            "author": session.original_author,
        }


class SessionMediaSerializer(serializers.ModelSerializer):
    sessionId = serializers.IntegerField(source="session_id")
    mediaUrl = serializers.CharField(source="url")
    thumbnail = serializers.SerializerMethodField()
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
            "caption",
            "type",
            "isThumbnail",
            "redditPostId",
            "redditPostUrl",
            "subreddit",
            "order",
        ]

    def get_thumbnail(self, slide) -> str | None:
        return thumbnail_of(slide)


def thumbnail_of(slide: SessionMedia) -> str | None:
    return slide.url if slide.media_type == SessionMedia.MediaType.IMAGE else None


def first_thumbnail(session: Session) -> str | None:
    """Of a session from `with_first_slide()`."""
    return thumbnail_of(SessionMedia(**session.first_slide)) if session.first_slide else None


class SessionWithMediaSerializer(serializers.Serializer):
    session = SessionSerializer()
    media = SessionMediaSerializer(many=True)


class CategorySerializer(serializers.ModelSerializer):
    isDefault = serializers.BooleanField(source="is_default")

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "isDefault"]


class SessionsQuery(PageQuery):
    ORDERINGS = {
        "recent": ["-id"],
        "oldest": ["id"],
        "updated": ["-updated_at", "-id"],
        "title": ["title", "id"],
    }

    sort = serializers.ChoiceField(list(ORDERINGS), default="recent")
    categoryId = IdField(source="category_id", required=False)
    categorySlug = serializers.CharField(source="category__slug", required=False)
    isFavorite = serializers.BooleanField(source="is_favorite", required=False)
    mediaStatus = serializers.ChoiceField(
        Session.MediaStatus.choices, source="media_status", required=False
    )
    search = serializers.CharField(
        source="title__icontains", required=False, max_length=200, help_text="Part of the title."
    )


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)
class NamesField(serializers.ListField):
    """A list of names, or one string with commas between them."""

    def __init__(self, **options):
        super().__init__(child=serializers.CharField(max_length=50), max_length=100, **options)

    def to_internal_value(self, data):
        if isinstance(data, str):
            data = [name for part in data.split(",") if (name := part.strip())]
        return super().to_internal_value(data)


class SessionChanges(StrictSerializer):
    """What people set of a session; `partial` where they change one."""

    INTERVAL = {"min_value": 1, "max_value": 60, "required": False, "help_text": "Seconds."}
    LOCKED = ["subreddits", "aiPrompt", "captionTheme"]  # of an imported session

    title = serializers.CharField(max_length=200)
    subreddits = NamesField(required=False)
    categoryId = serializers.PrimaryKeyRelatedField(
        source="category",
        queryset=Category.objects.all(),
        pk_field=IdField(),
        required=False,
        allow_null=True,
        help_text="null means the default category.",
    )
    intervalMin = serializers.IntegerField(source="interval_min", **INTERVAL)
    intervalMax = serializers.IntegerField(source="interval_max", **INTERVAL)
    transition = serializers.ChoiceField(Session.Transition.choices, required=False)
    captionTheme = serializers.CharField(
        source="caption_theme", required=False, allow_blank=True, max_length=100
    )
    aiPrompt = serializers.CharField(
        source="ai_prompt", required=False, allow_blank=True, max_length=10_000
    )
    isPublic = serializers.BooleanField(source="is_public", required=False)
    isFavorite = serializers.BooleanField(source="is_favorite", required=False)
    isManualMode = serializers.BooleanField(source="is_manual_mode", required=False)

    def validate(self, values):
        if self.instance and self.instance.is_imported:
            locked = [name for name in self.LOCKED if name in self.initial_data]
            if locked:
                problem = "Locked, since this session was imported."
                raise serializers.ValidationError({name: [problem] for name in locked})
        return values


class Upload(StrictSerializer):
    files = serializers.ListField(child=serializers.FileField(), min_length=1)
    captions = serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=LONGEST_CAPTION),
        default=list,
        help_text="One for each file, in their order; those left out are blank.",
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
    caption = serializers.CharField(allow_blank=True, default="", max_length=LONGEST_CAPTION)
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
    caption = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_CAPTION)
    isThumbnail = serializers.BooleanField(source="is_thumbnail", required=False)


class SlideOrder(StrictSerializer):
    mediaIds = serializers.ListField(
        child=serializers.IntegerField(min_value=1), help_text="Every slide of the session, once."
    )
