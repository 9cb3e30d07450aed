from rest_framework import serializers

from credits.models import CreditAccount, CreditTransaction, FeaturePricing
from joip.api.serializers import StrictSerializer


class BalanceQuery(StrictSerializer):
    includeStats = serializers.BooleanField(default=False, help_text="Adds `stats`.")


class BalanceSerializer(serializers.Serializer):
    balance = serializers.IntegerField()
    tier = serializers.ChoiceField(choices=CreditAccount.Tier)
    tierDisplayName = serializers.CharField(source="tier.label")
    monthlyAllocation = serializers.IntegerField(
        read_only=True, default=0, help_text="Always 0: credits are given, not refilled monthly."
    )
    nextRefreshDate = serializers.DateTimeField(
        read_only=True, default=None, allow_null=True, help_text="Always null."
    )


class StatsSerializer(serializers.Serializer):
    totalEarned = serializers.IntegerField(
        source="earned", help_text="Grants and positive corrections."
    )
    totalSpent = serializers.IntegerField(
        source="spent", help_text="Charges less refunds, and negative corrections."
    )
    lifetimeBalance = serializers.IntegerField(
        source="balance", help_text="`totalEarned` less `totalSpent`."
    )


class BalanceAndStatsSerializer(BalanceSerializer):
    # Of an account from a queryset `with_totals()`.
    stats = StatsSerializer(source="*", required=False, help_text="Only with `includeStats=true`.")


class TransactionSerializer(serializers.ModelSerializer):
    amount = serializers.IntegerField(help_text="Negative when credits were taken.")
    reference = serializers.CharField(help_text="What it was for, such as `session:456`.")
    note = serializers.CharField()
    balanceAfter = serializers.IntegerField(source="balance_after")
    featureKey = serializers.CharField(source="feature_key")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = CreditTransaction
        fields = [
            "id",
            "kind",
            "amount",
            "balanceAfter",
            "featureKey",
            "reference",
            "note",
            "createdAt",
        ]


class PriceSerializer(serializers.ModelSerializer):
    # Of a price from `prices_for(account)`.
    featureKey = serializers.CharField(source="feature_key")
    cost = serializers.IntegerField()
    premiumOnly = serializers.BooleanField(source="premium_only")
    allowed = serializers.BooleanField(
        help_text="Whether you may use it: it is not for Premium only, or you have Premium."
    )
    affordable = serializers.BooleanField(help_text="Allowed, and your balance covers the cost.")

    class Meta:
        model = FeaturePricing
        fields = ["featureKey", "cost", "premiumOnly", "allowed", "affordable"]
