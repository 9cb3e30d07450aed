"""Which fields a copy takes, and how the rows of its slides are made."""

from uuid import uuid4

from django.db import connection

from sessions.models import Session, SessionMedia

# A copy takes every field but these.
SESSION_FIELDS_NOT_COPIED = {
    "id",
    "owner",
    "is_public",
    "is_favorite",
    "created_at",
    "updated_at",
    "media_status",
    "copy_attempt",
    "copy_takeovers",
    "copy_lease_expires_at",
    "copied_from",
    "snapshot_of",
    "slide_count",
    "cover",
    "charge",
    "charge_waived",
}
MEDIA_FIELDS_NOT_COPIED = {"id", "session", "name", "came_with_save"}

# In SQL, so that slides do not travel here and back: any number takes one statement.
COPY_SLIDES = """
    INSERT INTO session_media (COLUMNS, session_id, came_with_save, name)
    SELECT COLUMNS, %s, %s, NAME FROM session_media WHERE session_id = %s
    ORDER BY "order", id
"""
# The copy's random number, hashed with each slide's id: 500 random UUIDs took PostgreSQL a third of
# the statement.
NAME = {"postgresql": "md5(%s || id)::uuid", "sqlite": "md5(%s || id)"}


def copy_slides(source: Session, session: Session) -> int:
    """How many."""
    columns = ", ".join(
        connection.ops.quote_name(field.column)  # type: ignore[arg-type]  # never None: concrete
        for field in SessionMedia._meta.concrete_fields
        if field.name not in MEDIA_FIELDS_NOT_COPIED
    )
    statement = COPY_SLIDES.replace("COLUMNS", columns)
    statement = statement.replace("NAME", NAME[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [session.pk, not session.is_snapshot, uuid4().hex, source.pk])
        return int(cursor.rowcount)
