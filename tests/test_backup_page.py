"""The commands of docs/backup.md, run by bash in their order. Only addresses are others."""

import os
import re
import subprocess
import sys
import uuid
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from tests.backups import make_household
from tests.web_server import database_url


@pytest.fixture
def new_database(tmp_path):
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{tmp_path}/new.sqlite3"
        return
    name = f"joip_backup_{uuid.uuid4().hex[:8]}"
    with closing(psycopg.connect(server, autocommit=True)) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def commands(chapter):
    page = (settings.BASE_DIR / "docs" / "backup.md").read_text()
    text = page.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    return "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def run(text, replaced, **variables):
    for old, new in replaced.items():
        text = text.replace(old, str(new))
    ended = subprocess.run(
        ["bash", "-eux", "-o", "pipefail"],
        input=text,
        cwd=settings.BASE_DIR,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_its_commands_do_as_it_says(save, new_database, s3, tmp_path, transactional_db):
    make_household(save)
    replaced = {".venv/bin/python": sys.executable, "/var/backups/joip": tmp_path / "backups"}
    run(commands("Make backups"), replaced, DATABASE_URL=database_url())
    fresh = {
        f"S3_{name}_BUCKET": f"joip-page-{uuid.uuid4().hex[:8]}"
        for name in ("GENERAL", "USER_MEDIA")
    }
    replaced |= {
        "postgresql://joip:password@db.example.org/joip": new_database,
        "https://s3.example.org": os.environ["TEST_S3_ENDPOINT_URL"],
        "ID=key": f"ID={os.environ['TEST_S3_ACCESS_KEY_ID']}",
        "KEY=secret": f"KEY={os.environ['TEST_S3_SECRET_ACCESS_KEY']}",
    }
    restored = run(commands("Restore") + commands("Verify"), replaced, **fresh)
    assert restored.count("no faults") == 3
    for name in fresh.values():
        for found in s3.list_objects_v2(Bucket=name)["Contents"]:
            s3.delete_object(Bucket=name, Key=found["Key"])
        s3.delete_bucket(Bucket=name)
