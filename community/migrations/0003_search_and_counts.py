"""What Django cannot say: a trigger and indexes; and what the feed needs of earlier shares.

The trigger lets a share name the snapshot that is whole and not retired. It fires in the
transaction that finishes or retires one, so a share never names another, whatever dies.
On SQLite it goes when a later migration makes library_session anew; the tests notice, and
that migration has to make it again.
"""

import math
from collections import Counter

from django.db import migrations

from community.search import searched_in

SHOW_WHOLE_EDITION = """
    UPDATE community_communityshare SET edition_id = NULL, category_id = NULL
    WHERE edition_id = NEW.id AND (NEW.snapshot_of_id IS NULL OR NEW.media_status <> 'ready');
    UPDATE community_communityshare SET edition_id = NEW.id, category_id = NEW.category_id
    WHERE session_id = NEW.snapshot_of_id AND NEW.media_status = 'ready';
"""
POSTGRESQL = [
    f"""
    CREATE FUNCTION show_whole_edition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {SHOW_WHOLE_EDITION}
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER share_shows_whole_edition
    AFTER INSERT OR UPDATE OF media_status, snapshot_of_id ON library_session
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION show_whole_edition()
    """,
    """
    ALTER TABLE community_searchentry ADD COLUMN document tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', words || creator)) STORED
    """,
    "CREATE INDEX search_by_words ON community_searchentry USING gin (document)",
    """
    CREATE INDEX search_by_subreddits ON community_searchentry
    USING gin (subreddits jsonb_path_ops)
    """,
]
SQLITE = [
    f"""
    CREATE TRIGGER share_shows_whole_edition_{name}
    AFTER {event} ON library_session WHEN NEW.owner_id IS NULL
    BEGIN {SHOW_WHOLE_EDITION} END
    """
    for name, event in {
        "inserted": "INSERT",
        "updated": "UPDATE OF media_status, snapshot_of_id",
    }.items()
]


def create_trigger_and_indexes(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in POSTGRESQL if vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def prepare_earlier_shares(apps, schema_editor):
    Session = apps.get_model("library", "Session")
    SearchEntry = apps.get_model("community", "SearchEntry")
    saves = Session.objects.filter(import_source="community", owner__isnull=False)
    counts = Counter(saves.values_list("import_url", flat=True))
    for share in apps.get_model("community", "CommunityShare").objects.all():
        share.save_count = counts[f"community:{share.pk}"]
        share.hot = math.log10(share.save_count + 1) + share.shared_at.timestamp() / 45_000
        share.save(update_fields=["save_count", "hot"])
    for edition in Session.objects.filter(snapshot_of__isnull=False):
        entry = searched_in(edition, edition.snapshot_of.owner)
        SearchEntry.objects.create(edition=edition, **entry)
        edition.save(update_fields=["media_status"])  # the trigger does the rest


class Migration(migrations.Migration):
    dependencies = [("community", "0002_feed"), ("library", "0003_feed")]
    operations = [
        migrations.RunPython(create_trigger_and_indexes),
        migrations.RunPython(prepare_earlier_shares, migrations.RunPython.noop),
    ]
