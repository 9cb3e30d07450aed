from datetime import datetime
from math import ceil

from django.db import models
from django.utils import timezone


class AttemptCount(models.Model):
    """How often something was tried in a window of time, which begins with the first attempt."""

    key = models.CharField(max_length=100, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()
    next_turn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.attempts}"

    @property
    def seconds_left(self) -> int:
        return seconds_until(self.window_ends_at)


def seconds_until(time: datetime) -> int:
    return max(1, ceil((time - timezone.now()).total_seconds()))
