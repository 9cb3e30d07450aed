from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from credits.models import CreditAccount, FeaturePricing
from joip.errors import Refusal

SESSION_CREATE = "session_create"


class FeaturePricingMissing(Refusal):
    status = 503

    def __init__(self, feature_key: str):
        self.body = {
            "error": "Session pricing is not configured",
            "code": "FEATURE_PRICING_MISSING",
            "featureKey": feature_key,
        }


class PremiumOnly(Refusal):
    status = 403

    def __init__(self, feature_key: str):
        self.body = {
            "error": "This feature is only available for Premium subscribers",
            "code": "PREMIUM_ONLY",
            "featureKey": feature_key,
        }


def is_premium(user: AbstractUser) -> bool:
    return CreditAccount.objects.filter(user=user, premium_until__gt=timezone.now()).exists()


def price_for(*, user: AbstractUser, feature_key: str) -> int:
    """What one use of the feature costs this person now, in credits.

    Raises FeaturePricingMissing (503) where no active price is set: a feature
    without a price is closed, not free. Raises PremiumOnly (403).
    """
    pricing = FeaturePricing.objects.filter(feature_key=feature_key, is_active=True).first()
    if pricing is None:
        raise FeaturePricingMissing(feature_key)
    if pricing.premium_only and not is_premium(user):
        raise PremiumOnly(feature_key)
    return pricing.cost
