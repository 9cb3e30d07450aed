from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone


class FeaturePricing(models.Model):
    """The price of a feature, set by staff. Without an active price, the feature is refused."""

    class Feature(models.TextChoices):
        SESSION_CREATE = "session_create", "session_create: save or create a session"

    feature_key = models.SlugField(
        unique=True,
        choices=Feature,
        help_text="While its price is missing or inactive, the feature answers 503.",
    )
    cost = models.PositiveIntegerField(
        help_text="Credits for each use. 0 is free and leaves no ledger row."
    )
    premium_only = models.BooleanField(
        default=False,
        help_text="Only Premium subscribers may use it; they pay the cost too.",
    )
    is_active = models.BooleanField(
        default=True,
        help_text="Inactive is the same as missing: the feature is refused, not free.",
    )
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    # What it means for a person; set by `pricing.prices_for`.
    allowed: bool
    affordable: bool

    class Meta:
        verbose_name_plural = "feature pricing"

    def __str__(self) -> str:
        return f"{self.feature_key}: {self.cost} credits"


class CreditAccountQuerySet(models.QuerySet["CreditAccount"]):
    def with_totals(self) -> "CreditAccountQuerySet":
        """`earned` and `spent` of each account; refunds reduce what was spent."""
        given = Q(transactions__kind="grant") | Q(
            transactions__kind="adjustment", transactions__amount__gt=0
        )
        return self.annotate(
            earned=Sum("transactions__amount", filter=given, default=0),
            spent=-Sum("transactions__amount", filter=~given, default=0),
        )


class CreditAccount(models.Model):
    """A person's credits. `balance` is the sum of the account's ledger rows."""

    class Tier(models.TextChoices):
        FREE = "free"
        PREMIUM = "premium"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="credit_account",
    )
    balance = models.BigIntegerField(default=0)
    premium_until = models.DateTimeField(
        null=True, blank=True, help_text="When Premium ends. Empty means no Premium."
    )

    objects = CreditAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_balance_never_negative", condition=Q(balance__gte=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.balance} credits"

    @property
    def is_premium(self) -> bool:
        return self.premium_until is not None and self.premium_until > timezone.now()

    @property
    def tier(self) -> Tier:
        return self.Tier.PREMIUM if self.is_premium else self.Tier.FREE


class LedgerIsAppendOnly(TypeError):
    """A ledger row was to be changed or deleted. Corrections are new rows."""


class AppendOnlyQuerySet(models.QuerySet["CreditTransaction"]):
    def update(self, **fields: Any) -> int:
        raise LedgerIsAppendOnly

    def bulk_update(self, objs: Any, fields: Any, batch_size: Any = None) -> int:
        raise LedgerIsAppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly


class CreditTransaction(models.Model):
    """A row of the ledger, written by `credits.ledger` and never changed.

    A database trigger refuses what gets past this class; on SQLite, changes only.
    """

    class Kind(models.TextChoices):
        GRANT = "grant"
        CHARGE = "charge"
        REFUND = "refund"
        ADJUSTMENT = "adjustment"

    account = models.ForeignKey(
        CreditAccount, on_delete=models.PROTECT, related_name="transactions"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.IntegerField(help_text="Credits; negative when they are taken.")
    balance_after = models.BigIntegerField()
    feature_key = models.SlugField(blank=True)
    reference = models.CharField(
        max_length=100, blank=True, help_text="What it is for, such as <code>session:456</code>."
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="refund"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who caused it; empty if JOIP did by itself.",
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="ledger_newest_first")]
        constraints = [
            models.CheckConstraint(
                name="ledger_amount_sign_fits_its_kind",
                condition=Q(kind__in=["grant", "refund"], amount__gt=0)
                | Q(kind="charge", amount__lt=0)
                | Q(kind="adjustment") & ~Q(amount=0),
            ),
            models.CheckConstraint(
                name="ledger_only_refunds_reverse",
                condition=Q(kind="refund", reverses__isnull=False)
                | ~Q(kind="refund") & Q(reverses__isnull=True),
            ),
            models.UniqueConstraint(
                name="ledger_one_sign_up_grant_per_account",
                fields=["account"],
                condition=Q(reference="sign-up"),
            ),
            models.CheckConstraint(
                name="ledger_balance_after_never_negative", condition=Q(balance_after__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:+d} {self.reference}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly
