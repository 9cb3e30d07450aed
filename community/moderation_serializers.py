from rest_framework import serializers

from community.models import Decision, Reason, Report
from joip.api.serializers import StrictSerializer


class NewReport(StrictSerializer):
    reason = serializers.ChoiceField(Reason.choices)
    text = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=2000,
        help_text="Explanation in your own words.",
    )


class ReportSerializer(serializers.ModelSerializer):
    """A report as the person sees it who made it."""

    communitySessionId = serializers.IntegerField(source="share_id")
    reason = serializers.ChoiceField(Reason.choices)
    text = serializers.CharField()
    reportedAt = serializers.DateTimeField(source="created_at")
    status = serializers.ChoiceField(Report.Status.choices)
    answeredAt = serializers.DateTimeField(
        source="decision.created_at",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="When staff answered the report; null while it waits.",
    )
    hidden = serializers.BooleanField(
        source="has_led_to_hiding", help_text="Whether staff hid the session when they answered."
    )

    class Meta:
        model = Report
        fields = [
            "id",
            "communitySessionId",
            "reason",
            "text",
            "reportedAt",
            "status",
            "answeredAt",
            "hidden",
        ]


class DecisionSerializer(serializers.ModelSerializer):
    """A decision as the author sees it, who is not told which member of staff made it."""

    kind = serializers.ChoiceField([Decision.Kind.HIDE, Decision.Kind.UNHIDE])
    reason = serializers.ChoiceField(
        Reason.choices, allow_blank=True, help_text="Why it was hidden. Blank when it was unhidden."
    )
    sentence = serializers.CharField(help_text="An explanation by staff; may be blank.")
    originId = serializers.IntegerField(
        source="origin_id",
        allow_null=True,
        help_text="The community session that yours was saved from, directly or not, if staff "
        "decided about that one and this followed from it.",
    )
    decidedBy = serializers.ChoiceField(["staff"], default="staff", read_only=True)
    decidedAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Decision
        fields = ["kind", "reason", "sentence", "originId", "decidedBy", "decidedAt"]
