"""Indexes for search, on PostgreSQL alone, and what the feed needs of shares made before it."""

import math
from collections import Counter

from django.db import migrations

from community.search import searched_in

POSTGRESQL = [
    """
    CREATE INDEX search_by_words ON community_searchentry
    USING gin (to_tsvector('simple', words || creator))
    """,
    """
    CREATE INDEX search_by_subreddits ON community_searchentry
    USING gin (subreddits jsonb_path_ops)
    """,
]


def create_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


def count_saves(apps, schema_editor):
    Session = apps.get_model("library", "Session")
    saves = Session.objects.filter(import_source="community", owner__isnull=False)
    counts = Counter(saves.values_list("import_url", flat=True))
    for share in apps.get_model("community", "CommunityShare").objects.all():
        share.save_count = counts[f"community:{share.pk}"]
        share.hot = math.log10(share.save_count + 1) + share.shared_at.timestamp() / 45_000
        share.save(update_fields=["save_count", "hot"])


def let_editions_be_found(apps, schema_editor):
    Session = apps.get_model("library", "Session")
    for edition in Session.objects.filter(snapshot_of__isnull=False, search_entry=None):
        apps.get_model("community", "SearchEntry").objects.create(
            edition=edition, **searched_in(edition, edition.snapshot_of.owner)
        )


class Migration(migrations.Migration):
    dependencies = [("community", "0002_feed"), ("library", "0003_feed")]
    operations = [
        migrations.RunPython(count_saves, migrations.RunPython.noop),
        migrations.RunPython(let_editions_be_found, migrations.RunPython.noop),
        migrations.RunPython(create_indexes),
    ]
