"""`manage.py restore`: into a new installation, of the same kind or of another."""

import gzip
import json
import threading
from contextlib import suppress

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from community.models import CommunityShare, SearchEntry
from credits.ledger import grant
from credits.models import CreditTransaction, FeaturePricing
from joip.media.addresses import CACHE_CONTROL
from joip.operations.backups.folders import (
    complete_backups,
    media_listed_in,
    media_path,
    rows_path,
    sum_of_file,
)
from joip.users.models import User
from sessions.backup_leases import backup_runs
from sessions.deletion import delete_session
from sessions.models import Session
from tests.backups import (
    all_rows,
    elsewhere_on_sqlite_and_folders,
    make_household,
    manage,
    verify,
    wipe,
)
from tests.factories import begin, make_person, make_session, make_share
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.tables import empty_tables
from tests.threads import elsewhere

on_servers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="goes from servers to none and back"
)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def household(save, transactional_db):
    return make_household(save)


@pytest.fixture
def path(household, root):
    """A backup of the household."""
    call_command("backup", root)
    return complete_backups(root)[-1]


def test_what_is_wiped_comes_back_row_for_row_and_byte_for_byte(household, path, root, capsys):
    before = all_rows()
    wipe()
    call_command("restore", root)
    assert all_rows() == before
    for file in media_listed_in(path):
        kept = media_path(root, file.bucket, file.key).read_bytes()
        assert b"".join(storages[file.bucket].chunks(file.key)) == kept
    check_ledger()
    check_objects()
    check_shares()
    assert verify(capsys) == ["0 objects that no slide names", "no faults"]
    assert not backup_runs()


def test_people_sign_in_save_and_search_as_before(household, path, root, save):
    _, noor = household
    User.objects.filter(pk=noor.pk).update(password="")
    wipe()
    call_command("restore", root)
    client = Client()
    client.force_login(User.objects.get(username="noor"))
    (found,) = client.get("/api/community?search=fjord").json()["items"]
    assert client.post(f"/api/community/sessions/{found['id']}/save").json()["reused"] is True
    created = client.post("/api/sessions", {"title": "Later"}, "application/json")
    assert created.status_code == 201
    staff = User.objects.get(username="staff")
    assert staff.get_all_permissions() == {"community.view_report", "community.view_decision"}


def test_ids_of_what_was_deleted_are_not_given_again(household, root):
    _, noor = household
    newest = make_share(noor, slides=0)
    delete_session(session=newest.session)
    call_command("backup", root)
    wipe()
    call_command("restore", root)
    again = make_share(User.objects.get(username="noor"), slides=0)
    assert again.pk == newest.pk + 1
    assert again.session_id > newest.session_id
    assert SearchEntry.objects.filter(snapshot__snapshot_of=again.session_id).exists()


def test_the_price_is_that_of_the_backup(household, root):
    FeaturePricing.objects.update(cost=7)
    call_command("backup", root)
    wipe()
    call_command("restore", root)
    assert list(FeaturePricing.objects.values_list("cost", flat=True)) == [7]


def test_an_earlier_backup_is_restored_by_its_name(path, root):
    make_person("later")
    call_command("backup", root)
    wipe()
    with pytest.raises(CommandError, match=f"There is no yesterday in .*, but {path.name}, "):
        call_command("restore", root, "--name", "yesterday")
    call_command("restore", root, "--name", path.name)
    assert not User.objects.filter(username="later").exists()


def test_a_copy_that_was_under_way_is_finished_after_the_restore(share, saver, root, capsys):
    begin(share, saver)
    call_command("backup", root)
    wipe()
    call_command("restore", root)
    assert verify(capsys)[-1] == "no faults"
    Session.objects.copying().update(copy_lease_expires_at="2026-01-01T00:00Z")
    call_command("resume_copies")
    check_ledger()
    check_objects()


@pytest.mark.usefixtures("path")
def test_a_database_that_is_not_empty_is_refused(root):
    before = all_rows()
    with pytest.raises(CommandError, match=r"^The database is not empty: it has "):
        call_command("restore", root)
    wipe()
    make_person("somebody")
    with pytest.raises(CommandError, match="The database is not empty: it has users"):
        call_command("restore", root)
    assert all_rows() != before
    assert User.objects.count() == 1


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("content", [b"another", None])
def test_a_store_with_other_objects_is_refused(root, content):
    wipe()
    key = "users/1/manual-sessions/1/33333333-3333-4333-8333-333333333333.jpg"
    if content is None:  # the backup's own key, with another content
        file = next(media_listed_in(complete_backups(root)[-1]))
        bucket, key, content = file.bucket, file.key, b"x" * file.size
    else:
        bucket = "user-media"
    storages[bucket].put(key, ContentFile(content), "image/jpeg")
    with pytest.raises(CommandError, match=f"The media store is not empty: it has {bucket}/{key}"):
        call_command("restore", root)
    assert not User.objects.exists()


def test_objects_of_an_earlier_try_are_accepted(path, root):
    empty_tables()
    call_command("restore", root)
    check_objects()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path, _: flip(rows_path(path, "users.user")), "users.user.jsonl.gz is missing or"),
        (lambda path, _: rows_path(path, "users.user").unlink(), "is missing or damaged"),
        (lambda path, _: flip(path / "media.jsonl.gz"), "media.jsonl.gz is missing or damaged"),
        (lambda path, media: flip(media), r"\.\w+ is missing or damaged"),
        (lambda path, media: media.unlink(), r"\.\w+ is missing or damaged"),
        (lambda path, _: change(path, format=2), "has format 2, and this version of JOIP reads 1"),
        (
            lambda path, _: change(path, migrations=["library.0099_later"]),
            "made by another version of JOIP.*library.0001_initial, library.0099_later",
        ),
        (
            lambda path, _: change(path, columns={"users.user": ["id", "nickname"]}),
            "made by another version of JOIP.*users.user",
        ),
        (lambda path, _: (path / "manifest.json").write_text("{"), "manifest.json is damaged"),
    ],
)
def test_what_is_damaged_or_of_another_version_is_refused_before_anything_is_written(
    path, root, damage, sentence
):
    file = next(media_listed_in(path))
    damage(path, media_path(root, file.bucket, file.key))
    wipe()
    before = all_rows()
    with pytest.raises(CommandError, match=sentence):
        call_command("restore", root)
    assert all_rows() == before
    assert not list(storages["user-media"].objects("users/"))


def flip(path):
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def change(path, **changes):
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | changes))


def test_rows_that_the_database_does_not_take_leave_it_empty(path, root):
    """The last of a table's rows comes twice, and the sums are right."""
    file = rows_path(path, "users.user")
    lines = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(lines + lines.splitlines(keepends=True)[-1]))
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["tables"]["users.user"]["sha256"] = sum_of_file(file)
    change(path, **manifest)
    wipe()
    before = all_rows()
    with pytest.raises(CommandError, match="The database does not take the rows"):
        call_command("restore", root)
    assert all_rows() == before


def test_an_empty_folder_is_refused(root, transactional_db):
    with pytest.raises(CommandError, match=f"There is no complete backup in {root}"):
        call_command("restore", root)


def test_media_go_to_s3_with_their_types_and_how_long_they_keep(proxy, path, root, s3):
    wipe()
    call_command("restore", root)
    for file in media_listed_in(path):
        found = s3.head_object(Bucket=storages[file.bucket].bucket_name, Key=file.key)
        assert found["ContentType"] == ("image/webp" if "renditions/" in file.key else "image/jpeg")
        assert found.get("CacheControl", CACHE_CONTROL) == CACHE_CONTROL  # rclone keeps none
    puts = [r for r in proxy.requests if r.method == "PUT" and not r.is_copy]
    assert {r.content_type for r in puts} == {"image/webp", "image/jpeg"}


def test_the_ledger_can_still_not_be_changed(path, root):
    wipe()
    call_command("restore", root)
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_credittransaction SET amount = amount")
    grant(user=User.objects.get(username="noor"), amount=5, note="goes on")
    check_ledger()


@on_servers
def test_from_servers_to_none_and_back(household, path, root, tmp_path, capsys):
    before = all_rows()
    folder = tmp_path / "embedded"
    there = elsewhere_on_sqlite_and_folders(folder)
    manage("restore", root, **there)
    assert manage("verify", **there).stdout.endswith("no faults\n")
    manage("backup", tmp_path / "back", **there)
    wipe()
    call_command("restore", tmp_path / "back")
    assert all_rows() == before
    assert verify(capsys) == ["0 objects that no slide names", "no faults"]
    assert CommunityShare.objects.open().count() == 1
    assert CreditTransaction.objects.count() == len(before["credits.credittransaction"][0])


def test_people_go_on_while_it_is_backed_up_wiped_and_restored(
    household, author, root, save, capsys
):
    """Saves, uploads and deletions run in another thread for as long as the backup takes."""
    ended = threading.Event()
    share, _ = household

    @elsewhere
    def go_on():
        done = 0
        while not ended.is_set() or done < 3:
            done += 1
            person = make_person(f"person-{done}", balance=20)
            with suppress(Exception):
                save(share, person)
            session = make_session(author, slides=1, title=f"Walk {done}")
            if done % 2:
                delete_session(session=session)
            for saved in person.library.all():
                delete_session(session=saved)

    people = threading.Thread(target=go_on)
    people.start()
    try:
        for _ in range(2):
            call_command("backup", root)
    finally:
        ended.set()
        people.join()
    for path in complete_backups(root):
        wipe()
        call_command("restore", root, "--name", path.name)
        check_ledger()
        check_objects()
        check_shares()
        assert verify(capsys)[-1] == "no faults"
    assert User.objects.filter(username="noor").exists()


@pytest.mark.kills
def test_a_restore_that_failed_halfway_can_be_repeated(proxy, path, root):
    wipe()
    proxy.refuse_uploads((403, {}, b"<Error><Code>AccessDenied</Code></Error>"), after=3)
    with pytest.raises(CommandError, match="no permission for PutObject"):
        call_command("restore", root)
    assert not User.objects.exists()
    proxy.rules.clear()
    call_command("restore", root)
    check_objects()
