"""The PostgreSQL schema of our tables: made by `migrate`, and a check of who else may read it.

`joip.settings` sets the search path of each connection to DATABASE_SCHEMA; `joip.operations.apps`
connects the functions here with Django's `migrate` and `check`.
"""

from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

PUBLIC = "public"  # PostgreSQL's default
API_ROLES = ["anon", "authenticated"]  # of Supabase's Data API, which serves schema `public`


def make_schema(using, **kwargs):
    """Receiver of `pre_migrate`: makes DATABASE_SCHEMA where it is missing."""
    connection = connections[using]
    if not settings.DATABASE_SCHEMA or connection.vendor != "postgresql":
        return
    schema = settings.DATABASE_SCHEMA
    with connection.cursor() as cursor:
        # Looked up first, since CREATE needs a permission even where the schema is there.
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        if not cursor.fetchone():
            cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(schema)}")
        cursor.execute("SELECT current_schema()")
        (current,) = cursor.fetchone()
    if current != schema:
        raise ImproperlyConfigured(
            f"DATABASE_SCHEMA is {schema}, but the connection uses {current}: a pooler between "
            "drops the search path, or the role may not use the schema. Use a direct connection "
            "or a pooler in session mode."
        )


def check_public_tables(databases=None, **kwargs):
    """A check of Django's, run by `migrate` and by `check --database default`."""
    return [
        problem
        for alias in databases or []
        if connections[alias].vendor == "postgresql"
        for problem in problems_of(connections[alias])
    ]


def problems_of(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [API_ROLES])
        if cursor.fetchone() != (len(API_ROLES),):
            return []
        cursor.execute(
            "SELECT current_schema() = %s OR EXISTS (SELECT FROM pg_tables"
            " WHERE schemaname = %s AND tablename = ANY(%s))",
            [PUBLIC, PUBLIC, connection.introspection.django_table_names()],
        )
        (is_public,) = cursor.fetchone()
    if not is_public:
        return []
    return [
        CheckWarning(
            "Tables of JOIP are, or will be, in the schema `public` of a Supabase database. Its "
            "Data API may serve them to everybody, accounts and passwords' hashes included.",
            hint="Set DATABASE_SCHEMA=joip; docs/supabase.md says how to move tables.",
            id="joip.W001",
        )
    ]
