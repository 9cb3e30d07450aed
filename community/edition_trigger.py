"""The trigger that lets a share name the snapshot that is whole and not retired.

It fires in the transaction that finishes or retires a snapshot, so a share never names
another, whatever dies. Made after every migration rather than by one of them: on SQLite,
Django changes a table by making it anew, which drops the table's triggers, and stumbles
over those of others that name it.
"""

from django.db import connections

SHOW_WHOLE_EDITION = """
    UPDATE community_communityshare SET edition_id = NULL, category_id = NULL
    WHERE edition_id = NEW.id AND (NEW.snapshot_of_id IS NULL OR NEW.media_status <> 'ready');
    UPDATE community_communityshare SET edition_id = NEW.id, category_id = NEW.category_id
    WHERE session_id = NEW.snapshot_of_id AND NEW.media_status = 'ready';
"""
POSTGRESQL = f"""
    CREATE OR REPLACE FUNCTION show_whole_edition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {SHOW_WHOLE_EDITION}
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER share_shows_whole_edition
    AFTER INSERT OR UPDATE OF media_status, snapshot_of_id ON library_session
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION show_whole_edition()
"""
SQLITE_EVENTS = {
    "share_shows_inserted_edition": "INSERT",
    "share_shows_updated_edition": "UPDATE OF media_status, snapshot_of_id",
}


def create(*, using: str, **kwargs) -> None:
    """Does nothing where shares have no editions: before the migration that gives them one."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not shares_have_editions(connection, cursor):
            return
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            return
        for name, event in SQLITE_EVENTS.items():
            cursor.execute(f"""
                CREATE TRIGGER IF NOT EXISTS {name}
                AFTER {event} ON library_session WHEN NEW.owner_id IS NULL
                BEGIN {SHOW_WHOLE_EDITION} END
            """)


def shares_have_editions(connection, cursor) -> bool:
    table = "community_communityshare"
    if table not in connection.introspection.table_names(cursor):
        return False
    columns = connection.introspection.get_table_description(cursor, table)
    return "edition_id" in [column.name for column in columns]


def drop_on_sqlite(*, using: str, **kwargs) -> None:
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in SQLITE_EVENTS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
