"""What tests of backups share: a household with all kinds of rows, and what makes an installation
new again.
"""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection

from community.moderation import hide_share, report_share
from community.share_links import link_session
from joip.operations.backups.rows import rows_of
from joip.operations.backups.tables import backed_up_models, last_id
from tests.factories import add_address, make_person, make_session, make_share, set_price
from tests.tables import empty_tables
from tests.web_server import database_url


def make_household(save):
    """People, shares, saves, a report, a decision, a group with a permission: some of each."""
    set_price(10)
    ines = make_person("ines", display_name="Ines", email="ines@example.org")
    noor = make_person("noor", balance=50)
    staff = make_person("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename="view_report"))
    group = Group.objects.create(name="Moderators")
    group.permissions.set(Permission.objects.filter(codename="view_decision"))
    staff.groups.add(group)
    fjords, soups = make_share(ines, slides=2), make_share(ines, slides=1, title="Four soups")
    add_address(make_session(ines, slides=0, title="By the sea"))
    assert save(fjords, noor)[0] == save(soups, noor)[0] == 200
    link_session(session=noor.library.first())
    report_share(community_session_id=soups.pk, user=noor, reason="spam", text="Soup again")
    hide_share(share=soups, reason="spam", actor=staff)
    return fjords, noor


def all_rows():
    """By table, with the last id of each."""
    return {
        model._meta.label_lower: (list(rows_of(model)), last_id(model))
        for model in backed_up_models()
    }


def wipe():
    """A new database and new buckets."""
    empty_tables()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
    empty_store()


def empty_store():
    for bucket in ("general", "user-media"):
        for prefix in ("community/", "users/", "renditions/"):
            for key, _ in list(storages[bucket].objects(prefix)):
                storages[bucket].delete(key)


def verify(capsys):
    capsys.readouterr()
    call_command("verify")
    return capsys.readouterr().out.splitlines()


def manage(*command, check=True, **variables):
    """A command in a process of its own, on the run's database and store or on others."""
    own = {"DATABASE_URL": database_url(), **variables}
    ended = subprocess.run(
        [sys.executable, "manage.py", *map(str, command)],
        cwd=settings.BASE_DIR,
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert not check or ended.returncode == 0, ended.stderr
    return ended


def elsewhere_on_sqlite_and_folders(folder: Path):
    """The variables of an installation that needs no servers."""
    return {
        "DATABASE_URL": f"sqlite:///{folder}/joip.sqlite3",
        "DATA_DIR": str(folder),
        "S3_ENDPOINT_URL": "",
        "S3_ACCESS_KEY_ID": "",
        "S3_SECRET_ACCESS_KEY": "",
    }
