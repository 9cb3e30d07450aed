"""What a feature costs somebody now, and whether it is theirs at all."""

from credits.models import CreditAccount, FeaturePricing
from joip.errors import Refusal
from joip.users.models import User

SESSION_CREATE = FeaturePricing.Feature.SESSION_CREATE.value


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


def is_premium(user: User) -> bool:
    account = CreditAccount.objects.filter(user=user).first()
    return account is not None and account.is_premium


def price_for(*, user: User, feature_key: str) -> int:
    """What one use of the feature costs this person now, in credits.

    A feature without an active price is refused, not free.
    """
    pricing = FeaturePricing.objects.filter(feature_key=feature_key, is_active=True).first()
    if pricing is None:
        raise FeaturePricingMissing(feature_key)
    if pricing.premium_only and not is_premium(user):
        raise PremiumOnly(feature_key)
    return pricing.cost


def features_without_price() -> list[FeaturePricing.Feature]:
    active = FeaturePricing.objects.filter(is_active=True)
    priced = set(active.values_list("feature_key", flat=True))
    return [feature for feature in FeaturePricing.Feature if feature.value not in priced]


def prices_for(account: CreditAccount) -> list[FeaturePricing]:
    """Every active price, with what it means now: is the feature `allowed`, and `affordable`."""
    prices = list(FeaturePricing.objects.filter(is_active=True).order_by("feature_key"))
    for price in prices:
        price.allowed = account.is_premium or not price.premium_only
        price.affordable = price.allowed and account.balance >= price.cost
    return prices
