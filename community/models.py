from django.db import models
from django.utils import timezone

from sessions.models import Session


class CommunityShare(models.Model):
    """A session offered to the community; its id is the contract's "community session ID".

    Open while neither withdrawn nor hidden, and while a ready snapshot exists.
    """

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, related_name="community_share"
    )
    shared_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="By its owner.")
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="By staff.")

    def __str__(self):
        return str(self.session)
