"""Empties the database after every test that changed it, up to what a new installation has.

Django's own way, `flush`, makes permissions and content types anew each time, which takes
50 ms. No test changes those, so here they stay.
"""

from functools import cache

from django.db import connection, transaction

from credits.models import FeaturePricing

QUEUE = "procrastinate_"
KEPT = {
    *["auth_permission", "django_content_type"],
    "procrastinate_workers",  # they outlive a test: see `tests.workers`
}


def empty_tables():
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Switches triggers off; the ledger's refuses DELETE. TRUNCATE needs no such
            # thing, but makes all the files of the tables anew: that takes 50 ms and more.
            cursor.execute("SET LOCAL session_replication_role = replica")
            # One statement after the other would be 50 round trips.
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables()))
        else:
            for table in tables():
                cursor.execute(f"DELETE FROM {table}")
        FeaturePricing.objects.create(feature_key="session_create", cost=10)  # as in migrations


@cache
def tables():
    ours = connection.introspection.django_table_names()
    # Which Django does not manage.
    queue = [name for name in connection.introspection.table_names() if name.startswith(QUEUE)]
    return sorted({*ours, *queue} - KEPT)
