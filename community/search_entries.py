from django.db import models

from community.search import SearchEntryQuerySet
from sessions.models import Session


class SearchEntry(models.Model):
    """What the feed finds a snapshot by. Frozen like it, except for its creator's name.

    On PostgreSQL the migration adds a generated column, `document`, with the words for full-text
    search, and indexes for searching words and subreddits.
    """

    snapshot = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    words = models.TextField(help_text="Of title and captions.")
    creator = models.TextField(help_text="The words of the display name.")
    subreddits = models.JSONField(default=list, help_text="In lower case.")

    objects = SearchEntryQuerySet.as_manager()

    def __str__(self) -> str:
        return f"words of snapshot {self.snapshot_id}"
