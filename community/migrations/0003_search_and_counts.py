"""What only PostgreSQL has for search; and what the feed needs of earlier shares."""

import math

from django.db import migrations

POSTGRESQL = [
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


def create_document_and_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


def drop_trigger(apps, schema_editor):
    """See `community.edition_trigger`: without this migration nothing makes it again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS share_shows_whole_edition ON library_session")
        schema_editor.execute("DROP FUNCTION IF EXISTS show_whole_edition")


def prepare_earlier_shares(apps, schema_editor):
    Session = apps.get_model("library", "Session")
    SearchEntry = apps.get_model("community", "SearchEntry")
    for share in apps.get_model("community", "CommunityShare").objects.select_related("session"):
        editions = Session.objects.filter(snapshot_of=share.session).order_by("-pk")
        share.edition = editions.filter(media_status="ready").first()
        share.category = share.edition and share.edition.category
        owner = share.session.owner
        saves = Session.objects.filter(
            import_source="community", import_url=f"community:{share.pk}", owner__isnull=False
        )
        share.save_count = saves.update(
            original_title=(share.edition or share.session).title,
            original_author=owner.first_name or f"Member {owner.pk}",
        )
        share.hot = math.log10(share.save_count + 1) + share.shared_at.timestamp() / 45_000
        share.save()
        for edition in editions:
            from community.search import searched_in  # not where there is nothing to prepare

            entry = searched_in(edition, owner)
            SearchEntry.objects.create(edition=edition, **entry)


class Migration(migrations.Migration):
    dependencies = [("community", "0002_feed"), ("library", "0003_feed")]
    operations = [
        migrations.RunPython(create_document_and_indexes, drop_trigger),
        migrations.RunPython(prepare_earlier_shares, migrations.RunPython.noop),
    ]
