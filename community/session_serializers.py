from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from community.audiences import AUDIENCE_HELP, Audience
from community.share_serializers import LinkSerializer, ShareStateSerializer
from joip.api.paging import PageQuery
from joip.api.serializers import IdField, ListField, StrictSerializer, VisibleTextField
from sessions.categories import Category
from sessions.media_serializers import SessionMediaSerializer, ThumbnailSerializer
from sessions.models import Session


class SavedFromSerializer(serializers.Serializer):
    """Where a saved session came from, as of the save."""

    communitySessionId = serializers.IntegerField()
    title = serializers.CharField()
    author = serializers.CharField(help_text="The display name of the person who shared it.")


class SessionSerializer(ThumbnailSerializer, serializers.ModelSerializer):
    """A session from `audiences.as_shown`; needs the request in its context."""

    userId = serializers.IntegerField(source="owner_id")
    subreddits = serializers.ListField(child=serializers.CharField())
    categoryId = serializers.IntegerField(source="category_id", allow_null=True)
    intervalMin = serializers.IntegerField(source="interval_min")
    intervalMax = serializers.IntegerField(source="interval_max")
    transition = serializers.ChoiceField(Session.Transition.choices)
    aiPrompt = serializers.CharField(source="ai_prompt")
    captionTheme = serializers.CharField(source="caption_theme")
    isPublic = serializers.BooleanField(source="is_public")
    audience = serializers.ChoiceField(Audience.choices, help_text=AUDIENCE_HELP)
    link = serializers.SerializerMethodField(
        help_text="Its link, as `POST /api/sessions/{id}/share` answers it. null where there is "
        "none, and unless the session is yours."
    )
    communityShare = serializers.SerializerMethodField(
        "get_community_share",
        help_text="Its share to the community. null where it was never shared, and unless the "
        "session is yours.",
    )
    isFavorite = serializers.SerializerMethodField(
        "get_is_favorite", help_text="null unless the session is yours."
    )
    isManualMode = serializers.BooleanField(source="is_manual_mode")
    isImported = serializers.BooleanField(source="is_imported")
    importSource = serializers.CharField(source="import_source")
    importUrl = serializers.CharField(source="import_url")
    savedFrom = serializers.SerializerMethodField("get_saved_from")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    mediaStatus = serializers.ChoiceField(Session.MediaStatus.choices, source="media_status")
    copyFailure = serializers.SerializerMethodField(
        "get_copy_failure",
        help_text="Why its copy failed, or null. `not_copied`: saving again goes on where it "
        "stopped. `original_gone`: the version that it was copied from is not shared any more; its "
        "slides that had not been copied are gone, and saving again replaces the others too.",
    )
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
            "mediaExpiresAt",
            "aiPrompt",
            "captionTheme",
            "isPublic",
            "audience",
            "link",
            "communityShare",
            "isFavorite",
            "isManualMode",
            "isImported",
            "importSource",
            "importUrl",
            "savedFrom",
            "createdAt",
            "updatedAt",
            "mediaStatus",
            "copyFailure",
            "mediaCount",
            "mediaCopied",
        ]

    def is_mine(self, session) -> bool:
        return session.owner_id == self.context["request"].user.pk

    def get_is_favorite(self, session) -> bool | None:
        return session.is_favorite if self.is_mine(session) else None

    @extend_schema_field(LinkSerializer(allow_null=True))
    def get_link(self, session) -> dict | None:
        link = getattr(session, "share_link", None)
        if link is None or not self.is_mine(session):
            return None
        return LinkSerializer(link, context=self.context).data

    @extend_schema_field(ShareStateSerializer(allow_null=True))
    def get_community_share(self, session) -> dict | None:
        share = getattr(session, "community_share", None)
        if share is None or not self.is_mine(session):
            return None
        return ShareStateSerializer(share).data

    @extend_schema_field(serializers.ChoiceField(["not_copied", "original_gone"], allow_null=True))
    def get_copy_failure(self, session) -> str | None:
        if session.media_status != Session.MediaStatus.FAILED:
            return None
        return "not_copied" if session.copied_from_id else "original_gone"

    @extend_schema_field(SavedFromSerializer(allow_null=True))
    def get_saved_from(self, session) -> dict | None:
        if session.saved_from_id is None:
            return None
        return {
            "communitySessionId": session.saved_from_id,
            "title": session.original_title,
            "author": session.original_author,
        }


class SessionWithMediaSerializer(serializers.Serializer):
    session = SessionSerializer()
    media = SessionMediaSerializer(many=True)


class SessionsQuery(PageQuery):
    ORDERINGS = {
        "recent": ["-id"],
        "oldest": ["id"],
        "updated": ["-updated_at", "-id"],
        "title": ["title_sort", "id"],
    }

    sort = serializers.ChoiceField(list(ORDERINGS), default="recent")
    categoryId = IdField(source="category_id", required=False)
    categorySlug = serializers.CharField(source="category__slug", required=False)
    isFavorite = serializers.BooleanField(source="is_favorite", required=False)
    mediaStatus = serializers.ChoiceField(
        Session.MediaStatus.choices, source="media_status", required=False
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Words. Each must begin a word of the title, a caption or the original author's "
        "name. In scripts without blanks between words, and in Korean, it may be any part.",
    )


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)
class NamesField(ListField):
    """A list of names, or one string with commas between them."""

    def __init__(self, **options):
        super().__init__(child=serializers.CharField(max_length=50), max_length=100, **options)

    def to_internal_value(self, data):
        if isinstance(data, str):
            data = [name for part in data.split(",") if (name := part.strip())]
        return super().to_internal_value(data)


class SessionChanges(StrictSerializer):
    """The fields of a session that its owner may set."""

    INTERVAL = {"min_value": 1, "max_value": 60, "required": False, "help_text": "Seconds."}
    LOCKED = ["subreddits", "aiPrompt", "captionTheme"]  # of an imported session

    title = VisibleTextField(max_length=200)
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
    shareToCommunity = serializers.BooleanField(
        source="share_to_community",
        required=False,
        help_text="true makes the session public and shares a new snapshot of it, unless it has no "
        "slides; false withdraws it, and it is as public as before. Left out, nothing changes.",
    )

    def validate(self, values):
        if values.get("share_to_community") and values.get("is_public") is False:
            raise serializers.ValidationError(
                {"shareToCommunity": ["A private session is not shared: isPublic must be true."]}
            )
        if self.instance and self.instance.is_imported:
            locked = [name for name in self.LOCKED if name in self.initial_data]
            if locked:
                problem = "Locked, since this session was imported."
                raise serializers.ValidationError({name: [problem] for name in locked})
        return values
