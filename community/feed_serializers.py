from math import ceil

from rest_framework import serializers

from community.feed import MAX_ITEMS
from community.ranking import ORDERINGS
from community.share_serializers import CreatorSerializer
from joip.api.serializers import IdField, StrictSerializer
from sessions.media_serializers import SessionMediaSerializer, ThumbnailSerializer
from sessions.models import Session, SessionMedia


class SavedSerializer(serializers.Serializer):
    success = serializers.BooleanField(help_text="Always true on successful save")
    sessionId = serializers.IntegerField(help_text="The ID of the saved session in your library")
    reused = serializers.BooleanField(
        help_text="true if the session was already saved previously (no new credits consumed)"
    )


class FeedQuery(StrictSerializer):
    contentType = serializers.ChoiceField(["sessions"], default="sessions")
    sort = serializers.ChoiceField(
        list(ORDERINGS), default="new", help_text="`top`: most saved. `hot`: saves and newness."
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Words. Each must begin a word of the title, a caption or the creator's name. "
        "In scripts without blanks between words, and in Korean, it may be any part.",
    )
    creatorId = IdField(source="creator_id", required=False)
    subreddit = serializers.CharField(required=False, max_length=50)
    categoryId = IdField(source="category_id", required=False)
    categorySlug = serializers.CharField(source="category_slug", required=False, max_length=50)
    page = serializers.IntegerField(min_value=1, default=1)
    pageSize = serializers.IntegerField(
        source="page_size", min_value=1, max_value=100, default=20, help_text="Items per page."
    )

    def validate(self, values):
        last = ceil(MAX_ITEMS / values["page_size"])
        if values["page"] > last:
            raise serializers.ValidationError(
                {"page": [f"At most {last}: no more than {MAX_ITEMS:,} items are shown."]}
            )
        return values


class FeedItemSerializer(ThumbnailSerializer, serializers.ModelSerializer):
    """A snapshot in the feed, from `community.feed`."""

    kind = serializers.ChoiceField(["session"], default="session", read_only=True)
    id = serializers.IntegerField(source="shown_by.pk", help_text="The community session ID.")
    title = serializers.CharField()
    subreddits = serializers.ListField(child=serializers.CharField())
    categoryId = serializers.IntegerField(source="category_id", allow_null=True)
    categorySlug = serializers.CharField(
        source="category.slug", allow_null=True, default=None, read_only=True
    )
    intervalMin = serializers.IntegerField(source="interval_min", help_text="Seconds.")
    intervalMax = serializers.IntegerField(source="interval_max", help_text="Seconds.")
    transition = serializers.ChoiceField(Session.Transition.choices)
    captionTheme = serializers.CharField(source="caption_theme")
    isManualMode = serializers.BooleanField(source="is_manual_mode")
    isImported = serializers.BooleanField(source="is_imported")
    isHidden = serializers.SerializerMethodField(
        "get_is_hidden", help_text="Hidden by staff: only its owner and staff see it."
    )
    createdAt = serializers.DateTimeField(source="shown_by.shared_at", help_text="When shared.")
    user = CreatorSerializer(source="shown_by.session.owner")
    mine = serializers.BooleanField(source="is_mine")
    mediaCount = serializers.IntegerField(source="slide_count")
    saveCount = serializers.IntegerField(source="shown_by.save_count")
    savedSessionId = serializers.IntegerField(
        source="saved_session_id", allow_null=True, help_text="Your copy, if you have one."
    )
    allowSaves = serializers.BooleanField(source="shown_by.allow_saves")
    saveCost = serializers.IntegerField(
        source="save_cost",
        allow_null=True,
        help_text="What saving costs you now, in credits: 0 if you have a copy, null if you cannot "
        "save it.",
    )

    class Meta:
        model = Session
        fields = [
            "kind",
            "id",
            "title",
            "thumbnail",
            "mediaExpiresAt",
            "subreddits",
            "categoryId",
            "categorySlug",
            "intervalMin",
            "intervalMax",
            "transition",
            "captionTheme",
            "isManualMode",
            "isImported",
            "isHidden",
            "createdAt",
            "user",
            "mine",
            "mediaCount",
            "saveCount",
            "savedSessionId",
            "allowSaves",
            "saveCost",
        ]

    def get_is_hidden(self, snapshot) -> bool:
        return snapshot.shown_by.hidden_at is not None


class FeedPageSerializer(serializers.Serializer):
    items = FeedItemSerializer(many=True)
    total = serializers.IntegerField(help_text=f"Number of items, counted up to {MAX_ITEMS:,}.")
    totalCapped = serializers.BooleanField(help_text="Whether there are more than `total`.")
    page = serializers.IntegerField()
    pageSize = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class FeedSlideSerializer(SessionMediaSerializer):
    """Without ids: no endpoint takes those of a snapshot or its slides."""

    class Meta:
        model = SessionMedia
        fields = [
            name for name in SessionMediaSerializer.Meta.fields if name not in ("id", "sessionId")
        ]

    sessionId = None

    def to_representation(self, slide):
        shown = super().to_representation(slide)
        return {name: shown[name] for name in self.Meta.fields}


class FeedItemWithMediaSerializer(serializers.Serializer):
    session = FeedItemSerializer()
    media = FeedSlideSerializer(many=True)


class FeaturedItemSerializer(serializers.ModelSerializer):
    """What a player needs of an item that plays for everybody."""

    intervalMin = serializers.IntegerField(source="interval_min")
    intervalMax = serializers.IntegerField(source="interval_max")

    class Meta:
        model = Session
        fields = ["title", "intervalMin", "intervalMax", "transition"]


class FeaturedItemWithMediaSerializer(serializers.Serializer):
    session = FeaturedItemSerializer()
    media = FeedSlideSerializer(many=True)
