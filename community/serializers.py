from math import ceil

from rest_framework import serializers

from community.feed import MOST_ITEMS, ORDERINGS
from community.models import CommunityShare, Report
from joip.display_names import display_name
from joip.serializers import StrictSerializer, SuccessSerializer
from sessions.models import Session, SessionMedia
from sessions.serializers import (
    IdField,
    SessionChanges,
    SessionMediaSerializer,
    first_thumbnail,
)


class SavedSerializer(serializers.Serializer):
    success = serializers.BooleanField(help_text="Always true on successful save")
    sessionId = serializers.IntegerField(help_text="The ID of the saved session in your library")
    reused = serializers.BooleanField(
        help_text="true if the session was already saved previously (no new credits consumed)"
    )


class SharedSessionChanges(SessionChanges):
    shareToCommunity = serializers.BooleanField(
        source="share_to_community",
        required=False,
        help_text="true makes it public and shares it as it is now, again too; "
        "false withdraws it. Left out, nothing changes.",
    )

    def validate(self, values):
        if values.get("share_to_community") and values.get("is_public") is False:
            raise serializers.ValidationError(
                {"shareToCommunity": ["A private session is not shared: isPublic must be true."]}
            )
        return super().validate(values)


class ShareOptions(StrictSerializer):
    allowSaves = serializers.BooleanField(
        source="allow_saves", required=False, help_text="Whether others may save it."
    )


class ShareChanges(StrictSerializer):
    allowSaves = serializers.BooleanField(
        source="allow_saves", help_text="Whether others may save it."
    )


class ShareSerializer(serializers.ModelSerializer):
    """A share as its owner sees it, from `with_state()`."""

    sessionId = serializers.IntegerField(source="session_id")
    state = serializers.ChoiceField(
        CommunityShare.State.choices, help_text="Whether people see it now, or why not."
    )
    mediaStatus = serializers.ChoiceField(
        Session.MediaStatus.choices,
        source="edition_status",
        allow_null=True,
        help_text="Of the newest edition: while it is not ready, people see the one before. "
        "Where it failed, share again.",
    )
    isPublic = serializers.BooleanField(source="session.is_public")
    allowSaves = serializers.BooleanField(source="allow_saves")
    saveCount = serializers.IntegerField(source="save_count")
    sharedAt = serializers.DateTimeField(source="shared_at")

    class Meta:
        model = CommunityShare
        fields = [
            "id",
            "sessionId",
            "state",
            "mediaStatus",
            "isPublic",
            "allowSaves",
            "saveCount",
            "sharedAt",
        ]


class ShareLinkSerializer(serializers.Serializer):
    shareCode = serializers.UUIDField(source="code")
    shareUrl = serializers.URLField(source="url")


class RevokedSerializer(SuccessSerializer):
    isPublic = serializers.BooleanField(help_text="A session stays public when its link goes.")


class CreatorSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    displayName = serializers.SerializerMethodField("get_display_name")

    def get_display_name(self, user) -> str:
        return display_name(user)


class PreviewSerializer(serializers.ModelSerializer):
    """What a link shows to whoever is signed out."""

    thumbnail = serializers.SerializerMethodField()
    mediaCount = serializers.IntegerField(source="media_count")
    user = CreatorSerializer(source="owner")

    class Meta:
        model = Session
        fields = ["title", "thumbnail", "mediaCount", "user"]

    def get_thumbnail(self, session) -> str | None:
        return first_thumbnail(session)


class FeedQuery(StrictSerializer):
    contentType = serializers.ChoiceField(["sessions"], default="sessions")
    sort = serializers.ChoiceField(
        list(ORDERINGS), default="new", help_text="`top`: most saved. `hot`: saves and newness."
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Words, each of which begins a word of the title, of a caption or of the "
        "creator's name.",
    )
    creatorId = IdField(source="creator_id", required=False)
    subreddit = serializers.CharField(required=False, max_length=50)
    categoryId = IdField(source="category_id", required=False)
    categorySlug = serializers.CharField(source="category_slug", required=False, max_length=50)
    page = serializers.IntegerField(min_value=1, default=1)
    pageSize = serializers.IntegerField(
        source="page_size", min_value=1, max_value=100, default=20, help_text="Items a page."
    )

    def validate(self, values):
        last = ceil(MOST_ITEMS / values["page_size"])
        if values["page"] > last:
            raise serializers.ValidationError(
                {"page": [f"At most {last}: no more than {MOST_ITEMS:,} items are shown."]}
            )
        return values


class FeedItemSerializer(serializers.ModelSerializer):
    """An edition as `community.feed` found it for somebody."""

    kind = serializers.ChoiceField(["session"], default="session", read_only=True)
    id = serializers.IntegerField(source="shown_by.pk", help_text="The community session ID.")
    title = serializers.CharField()
    thumbnail = serializers.SerializerMethodField()
    subreddits = serializers.ListField(child=serializers.CharField())
    categoryId = serializers.IntegerField(source="category_id", allow_null=True)
    categorySlug = serializers.CharField(
        source="category.slug", allow_null=True, default=None, read_only=True
    )
    isManualMode = serializers.BooleanField(source="is_manual_mode")
    isImported = serializers.BooleanField(source="is_imported")
    isHidden = serializers.SerializerMethodField(
        "get_is_hidden", help_text="By staff; then only owner and staff see it."
    )
    createdAt = serializers.DateTimeField(source="shown_by.shared_at", help_text="When shared.")
    user = CreatorSerializer(source="shown_by.session.owner")
    mine = serializers.BooleanField(source="is_mine")
    mediaCount = serializers.IntegerField(source="media_count")
    saveCount = serializers.IntegerField(source="shown_by.save_count")
    savedSessionId = serializers.IntegerField(
        source="saved_session_id", allow_null=True, help_text="Your copy, if you have one."
    )
    allowSaves = serializers.BooleanField(source="shown_by.allow_saves")
    saveCost = serializers.IntegerField(
        source="save_cost",
        allow_null=True,
        help_text="What saving would cost you now, in credits: 0 if you have a copy; "
        "null if you may not save it.",
    )

    class Meta:
        model = Session
        fields = [
            "kind",
            "id",
            "title",
            "thumbnail",
            "subreddits",
            "categoryId",
            "categorySlug",
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

    def get_thumbnail(self, edition) -> str | None:
        return first_thumbnail(edition)

    def get_is_hidden(self, edition) -> bool:
        return edition.shown_by.hidden_at is not None


class FeedPageSerializer(serializers.Serializer):
    items = FeedItemSerializer(many=True)
    total = serializers.IntegerField(help_text=f"Counted up to {MOST_ITEMS:,}.")
    totalCapped = serializers.BooleanField(help_text="There are more than `total`.")
    page = serializers.IntegerField()
    pageSize = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class FeedSlideSerializer(SessionMediaSerializer):
    """Without ids: nobody meets a snapshot or its slides by them."""

    class Meta:
        model = SessionMedia
        fields = [
            name for name in SessionMediaSerializer.Meta.fields if name not in ("id", "sessionId")
        ]

    sessionId = None


class FeedItemWithMediaSerializer(serializers.Serializer):
    session = FeedItemSerializer()
    media = FeedSlideSerializer(many=True)


class NewReport(StrictSerializer):
    reason = serializers.ChoiceField(Report.Reason.choices)
    text = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=2000, help_text="In your words."
    )
