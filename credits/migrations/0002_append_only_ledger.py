"""A trigger refuses to change or delete a ledger row, whoever asks.

On SQLite only changes: a trigger there would also stop `flush`, which empties
tables by DELETE and which tests need. PostgreSQL truncates instead.
"""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON credits_credittransaction
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
    """,
]
SQLITE = [
    """
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE ON credits_credittransaction
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """
]


def create_trigger(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in POSTGRESQL if vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [migrations.RunPython(create_trigger, elidable=False)]
