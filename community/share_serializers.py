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


class ShareSerializer(serializers.ModelSerializer):
    """A share as its owner sees it, from `sharing.share_of`."""

    sessionId = serializers.IntegerField(source="session_id")
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
    isPublic = serializers.BooleanField(source="session.is_public")
    audience = serializers.ChoiceField(Audience.choices, help_text=AUDIENCE_HELP)
    allowSaves = serializers.BooleanField(source="allow_saves")
    allowFeaturing = serializers.BooleanField(
        source="allow_featuring", help_text=ALLOW_FEATURING_HELP
    )
    saveCount = serializers.IntegerField(
        source="save_count",
        help_text="Saves that were paid for, and free ones whose copies are kept.",
    )
    sharedAt = serializers.DateTimeField(source="shared_at")
    decision = DecisionSerializer(
        source="last_decision",
        allow_null=True,
        help_text="The last decision of staff to hide or unhide it; null if there was none.",
    )

    class Meta:
        model = CommunityShare
        fields = [
            "id",
            "sessionId",
            "state",
            "mediaStatus",
            "isPublic",
            "audience",
            "allowSaves",
            "allowFeaturing",
            "saveCount",
            "sharedAt",
            "decision",
        ]


class ShareLinkSerializer(serializers.Serializer):
    shareCode = serializers.UUIDField(source="code")
    shareUrl = serializers.URLField(source="url")
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
