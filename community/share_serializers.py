from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from community.audiences import AUDIENCE_HELP, Audience
from community.models import CommunityShare
from community.moderation_serializers import DecisionSerializer
from joip.api.serializers import StrictSerializer, SuccessSerializer
from sessions.media_serializers import ThumbnailSerializer
from sessions.models import Session

ALLOW_FEATURING_HELP = (
    "Whether staff may show it on the home page, where it plays for everybody, also for people who "
    "are not signed in."
)


class ShareOptions(StrictSerializer):
    allowSaves = serializers.BooleanField(
        source="allow_saves", required=False, help_text="Whether others may save it."
    )
    allowFeaturing = serializers.BooleanField(
        source="allow_featuring", required=False, help_text=ALLOW_FEATURING_HELP
    )


class ShareChanges(ShareOptions):
    def validate(self, values):
        if not values:
            raise serializers.ValidationError({"allowSaves": ["Send this, or allowFeaturing."]})
        return values


class ShareStateSerializer(serializers.ModelSerializer):
    """Of a share `with_state()`, for its owner."""

    state = serializers.ChoiceField(
        CommunityShare.State.choices, help_text="Whether people see it now, or why not."
    )
    mediaStatus = serializers.ChoiceField(
        Session.MediaStatus.choices,
        source="snapshot_status",
        allow_null=True,
        help_text="Of the newest snapshot. While it is not ready, people see the one before. If it "
        "failed, share again.",
    )
    changedSinceSharing = serializers.SerializerMethodField(
        "get_changed_since_sharing",
        help_text="Whether you have changed the session since the newest snapshot was made; null "
        "where there is none.",
    )
    allowSaves = serializers.BooleanField(source="allow_saves", help_text="Your choice.")
    allowFeaturing = serializers.BooleanField(
        source="allow_featuring", help_text=ALLOW_FEATURING_HELP
    )
    saveCount = serializers.IntegerField(
        source="save_count",
        help_text="Saves that were paid for, and free ones whose copies are kept.",
    )
    sharedAt = serializers.DateTimeField(source="shared_at")

    class Meta:
        model = CommunityShare
        fields = [
            "id",
            "state",
            "mediaStatus",
            "changedSinceSharing",
            "allowSaves",
            "allowFeaturing",
            "saveCount",
            "sharedAt",
        ]

    def get_changed_since_sharing(self, share) -> bool | None:
        made_at = share.snapshot_made_at
        return None if made_at is None else made_at < share.session.updated_at


class ShareSerializer(ShareStateSerializer):
    """A share as its owner sees it, from `sharing.share_of`."""

    sessionId = serializers.IntegerField(source="session_id")
    isPublic = serializers.BooleanField(source="session.is_public")
    audience = serializers.ChoiceField(Audience.choices, help_text=AUDIENCE_HELP)
    decision = DecisionSerializer(
        source="last_decision",
        allow_null=True,
        help_text="The last decision of staff to hide or unhide it; null if there was none.",
    )

    class Meta:
        model = CommunityShare
        fields = [
            *ShareStateSerializer.Meta.fields,
            "sessionId",
            "isPublic",
            "audience",
            "decision",
        ]


class LinkSerializer(serializers.Serializer):
    """Of a ShareLink; needs the request in its context."""

    shareCode = serializers.UUIDField(source="code")
    shareUrl = serializers.SerializerMethodField("get_share_url")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_share_url(self, link) -> str:
        return self.context["request"].build_absolute_uri(reverse("shared", args=[link.code]))


class ShareLinkSerializer(LinkSerializer):
    audience = serializers.ChoiceField(Audience.choices, help_text=AUDIENCE_HELP)


class RevokedSerializer(SuccessSerializer):
    isPublic = serializers.BooleanField(help_text="Revoking the link does not change this.")
    audience = serializers.ChoiceField(Audience.choices, help_text=AUDIENCE_HELP)


class CreatorSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    displayName = serializers.CharField(source="public_name")


class PreviewSerializer(ThumbnailSerializer, serializers.ModelSerializer):
    """What a link shows to people who are not signed in."""

    mediaCount = serializers.IntegerField(source="media_count")
    user = CreatorSerializer(source="owner")

    class Meta:
        model = Session
        fields = ["title", "thumbnail", "mediaExpiresAt", "mediaCount", "user"]
