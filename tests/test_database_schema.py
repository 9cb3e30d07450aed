"""DATABASE_SCHEMA: `migrate` makes the schema, and the tables stand in it and nowhere else."""

import os
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from joip.operations.database_schema import make_schema

pytestmark = [
    pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="needs PostgreSQL"),
    pytest.mark.django_db,
]
OURS = "SELECT schemaname FROM pg_tables WHERE tablename = 'users_user'"


@pytest.fixture
def database():
    """An empty database: its address, and a function that queries it."""
    server = os.environ["TEST_DATABASE_URL"]
    name = f"joip_schema_{uuid.uuid4().hex[:8]}"
    address = urlsplit(server)._replace(path=f"/{name}").geturl()

    def query(sql):
        with closing(psycopg.connect(address, autocommit=True)) as asking:
            cursor = asking.execute(sql)
            return [row[0] for row in cursor] if cursor.description else None

    with closing(psycopg.connect(server, autocommit=True)) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield address, query
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def api_roles(query):
    """Supabase's roles. They belong to a whole server: only one test may make them."""
    made = [role for role in ("anon", "authenticated") if not exists(query, role)]
    for role in made:
        query(f"CREATE ROLE {role}")
    try:
        yield
    finally:
        for role in made:
            query(f"DROP ROLE {role}")


def exists(query, role):
    return bool(query(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"))


def manage(address, schema, *command):
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": address, "DATABASE_SCHEMA": schema},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def test_migrate_makes_the_schema_and_its_tables_twice_over(database, monkeypatch):
    monkeypatch.setenv("COPY_IN", "workers")  # the queue's tables too
    address, query = database
    for _ in range(2):
        manage(address, "joip", "migrate", "--noinput")
    assert query(OURS) == ["joip"]
    assert query(OURS.replace("users_user", "procrastinate_jobs")) == ["joip"]
    assert query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [0]
    assert "users_user" not in manage(address, "", "inspectdb")


def test_tables_that_supabase_would_serve_are_warned_of(database):
    address, query = database
    check = ["check", "--database", "default"]
    is_supabase = exists(query, "anon") and exists(query, "authenticated")
    assert is_supabase or "joip.W001" not in manage(address, "", *check)
    with api_roles(query):
        assert "joip.W001" not in manage(address, "joip", "migrate", "--noinput")
        assert "joip.W001" in manage(address, "", *check)  # before there are any
        assert "joip.W001" not in manage(address, "", "check")  # asks no database
        query("ALTER TABLE joip.users_user SET SCHEMA public")
        assert "joip.W001" in manage(address, "joip", *check)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks the run's database")
def test_a_connection_that_drops_the_search_path_is_not_migrated(settings):

    settings.DATABASE_SCHEMA = "elsewhere"
    with pytest.raises(ImproperlyConfigured, match="but the connection uses public"):
        make_schema("default")
