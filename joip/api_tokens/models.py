from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from joip.visible_text import VisibleCharField

KEPT_AFTER_EXPIRY = timedelta(days=30)  # so that its owner sees why a client stopped


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> "ApiTokenQuerySet":
        alive = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(alive, user__is_active=True)

    def long_expired(self) -> "ApiTokenQuerySet":
        return self.filter(expires_at__lt=timezone.now() - KEPT_AFTER_EXPIRY)


class ApiToken(models.Model):
    """Lets a program use the API for a person. Its secret is known to that program alone."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = VisibleCharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Blank means never.")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
