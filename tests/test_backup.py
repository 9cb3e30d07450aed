"""`manage.py backup`: what it holds, what it reads again, and what happens meanwhile."""

import gzip
import json
import os
import resource
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from joip.operations.backups.folders import complete_backups, media_listed_in, media_path
from joip.operations.backups.making import make_backup
from joip.operations.backups.tables import LEFT_OUT, LEFT_OUT_APPS, backed_up_models
from sessions import pruning
from sessions.backup_leases import BackupLease, BackupLeaseLost, backup_runs, objects_kept
from sessions.deletion import delete_session
from tests.backups import make_household
from tests.factories import make_session
from tests.ledgers import left_over
from tests.test_kills import wait_until
from tests.threads import elsewhere
from tests.web_server import behind, database_url

MB = 2**20


@pytest.fixture
def root(tmp_path):
    return tmp_path / "backups"


def backup(root, *options):
    call_command("backup", root, *options)
    return complete_backups(root)[-1]


def stored():
    """How many objects there are, without those that are left over."""
    prefixes = [("general", "community/"), ("user-media", "users/"), ("user-media", "renditions/")]
    return sum(1 for bucket, prefix in prefixes for _ in storages[bucket].objects(prefix))


def files_in(root):
    return sorted(path for path in (root / "media").rglob("*") if path.is_file())


def meanwhile(deed, *, during):
    """The progress of a backup, which does the deed when the first item of a phase is done."""

    def progress(items, *, desc, **options):
        for number, item in enumerate(items):
            yield item
            if desc == during and number == 0:
                deed()

    return progress


def test_it_holds_every_object_with_its_sum_and_says_so(root, save, transactional_db, capsys):
    make_household(save)
    path = backup(root)
    assert len(files_in(root)) == stored() == len(list(media_listed_in(path)))
    rows = sum(len(model._base_manager.all()) for model in backed_up_models())
    assert capsys.readouterr().out == (
        f"{path}: {rows} rows, {stored()} objects, of which {stored()} were read from the store\n"
    )
    with gzip.open(path / "rows" / "library.session.jsonl.gz") as lines:
        assert "Four soups" in [json.loads(line)[2] for line in lines]


@pytest.mark.backend_free
def test_every_model_is_backed_up_or_on_the_list_of_what_is_left_out():
    models = {m for m in apps.get_models(include_auto_created=True) if not m._meta.proxy}
    named = {m for m in models if m._meta.label_lower in LEFT_OUT}
    named |= {m for m in models if m._meta.app_label in LEFT_OUT_APPS}
    assert models - set(backed_up_models()) == named
    # Of the apps that are installed, the list names nothing that does not exist.
    labels = {model._meta.app_label for model in models}
    real = {label for label in LEFT_OUT if label.partition(".")[0] in labels}
    assert {m._meta.label_lower for m in named if m._meta.app_label not in LEFT_OUT_APPS} == real


def test_files_are_the_operators_alone(root, share):
    path = backup(root)
    for file in [root, path, *path.rglob("*"), *root.glob("*.sqlite3"), *files_in(root)]:
        assert not file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), file


def test_a_second_backup_reads_what_is_new_only(root, share, author, capsys):
    backup(root)
    make_session(author, slides=1)
    capsys.readouterr()
    backup(root)
    assert f"{stored()} objects, of which 2 were read from the store" in capsys.readouterr().out


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"cut off")])
@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_a_file_that_was_damaged_is_read_anew(root, share, damage, options):
    path = backup(root)
    damaged = media_path(root, *next(media_listed_in(path))[:2])
    content = damaged.read_bytes()
    damage(damaged)
    backup(root, *options)
    assert damaged.read_bytes() == content


def test_sums_are_compared_unless_it_is_to_be_quick(root, share):
    path = backup(root)
    damaged = media_path(root, *next(media_listed_in(path))[:2])
    content = damaged.read_bytes()
    flipped = bytes([content[0] ^ 1]) + content[1:]
    damaged.write_bytes(flipped)
    backup(root, "--quick")
    assert damaged.read_bytes() == flipped
    backup(root)
    assert damaged.read_bytes() == content


@pytest.mark.parametrize("during", ["media", "rows"])
def test_what_is_deleted_meanwhile_stays_until_it_is_in_the_backup(root, share, author, during):
    other = make_session(author, slides=2)

    def delete():  # in a thread, since a backup reads rows in a transaction
        with ThreadPoolExecutor(1) as pool:
            pool.submit(elsewhere(delete_session), session=other).result()

    made = make_backup(root=root, progress=meanwhile(delete, during=during))
    assert not author.library.filter(pk=other.pk).exists()
    assert made.missing == []
    assert len(left_over()) == 4  # two slides and their renditions
    delete_session(session=share.session)  # afterwards, objects go at once
    assert len(left_over()) == 4


def test_what_comes_meanwhile_is_in_the_backup_with_its_media(root, share, author):
    made = make_backup(
        root=root, progress=meanwhile(lambda: make_session(author, slides=1), during="media")
    )
    assert (made.missing, made.objects) == ([], stored())


def test_pruning_waits_for_a_backup(share, monkeypatch):
    monkeypatch.setattr(pruning, "ORPHAN_AGE", timedelta(seconds=-60))
    with objects_kept():
        delete_session(session=share.session)
        orphans = left_over()
        with pytest.raises(CommandError, match="A backup runs"):
            call_command("prune_media")
        with pytest.raises(pruning.BackupRuns):
            pruning.prune(*orphans[0])
        call_command("prune_media", "--dry-run")
        assert left_over() == orphans != []
    call_command("prune_media")
    assert left_over() == []


def run_out():
    past = timezone.now() - timedelta(seconds=1)
    BackupLease.objects.update(expires_at=past)


def test_a_dead_backup_keeps_objects_until_its_lease_runs_out(share):
    BackupLease.objects.create(expires_at=timezone.now() + timedelta(minutes=1))
    assert backup_runs()
    run_out()
    assert not backup_runs()
    delete_session(session=share.session)
    assert left_over() == []


def test_a_backup_that_outlived_its_lease_is_none(root, share):
    with pytest.raises(BackupLeaseLost):
        make_backup(root=root, progress=meanwhile(run_out, during="media"))
    assert complete_backups(root) == []
    assert not BackupLease.objects.exists()


def test_an_object_that_the_store_lost_is_named_and_does_not_sink_the_backup(root, share, capsys):
    slide = share.session.media.first()
    storages[slide.bucket].delete(slide.key)
    with pytest.raises(CommandError, match=r"^The backup is complete but for 1 objects\.$"):
        backup(root)
    assert capsys.readouterr().err == f"missing in the store: {slide.bucket}/{slide.key}\n"
    assert len(complete_backups(root)) == 1


@pytest.mark.parametrize("outcome", [500, "reset"])
def test_a_store_that_fails_for_a_moment_is_asked_again(proxy, author, root, outcome):
    make_session(author, slides=1)
    outcomes = [outcome]
    proxy.rules.append(
        lambda r: outcomes.pop() if r.method == "GET" and ".jpg" in r.path and outcomes else None
    )
    backup(root)
    assert len(files_in(root)) == 2


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [(503, "The store does not work at present"), (403, "has no permission for GetObject")],
)
def test_a_store_that_goes_on_failing_leaves_the_earlier_backup(
    proxy, author, root, outcome, sentence
):
    path = backup(root)
    make_session(author, slides=1)
    body = b"<Error><Code>Failing</Code></Error>"
    proxy.rules.append(
        lambda r: (outcome, {}, body) if r.method == "GET" and ".jpg" in r.path else None
    )
    with pytest.raises(CommandError, match=sentence):
        backup(root)
    assert complete_backups(root) == [path]
    assert not backup_runs()


def test_a_full_disk_is_said_in_a_sentence(root, share):
    path = backup(root)
    slide = share.session.media.first()
    storages[slide.bucket].delete(slide.key)
    large = ContentFile(bytes(20 * MB))
    storages[slide.bucket].put(slide.key, large, slide.content_type)
    media_path(root, slide.bucket, slide.key).unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 * MB, limits[1]))  # a disk that has no more
    try:
        with pytest.raises(CommandError, match="File too large"):
            backup(root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert complete_backups(root) == [path]


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(root, share):
    root.write_text("no folder")
    with pytest.raises(CommandError, match="File exists"):
        backup(root)


def test_two_backups_do_not_write_into_one_folder(root, share):
    def another():
        with pytest.raises(CommandError, match="Another backup is writing"):
            backup(root)

    make_backup(root=root, progress=meanwhile(another, during="media"))
    assert len(complete_backups(root)) == 1


def test_old_backups_go_with_the_media_that_only_they_have(root, share, author):
    other = make_session(author, slides=1)
    backup(root)
    before = files_in(root)
    delete_session(session=other)
    kept = backup(root)
    assert files_in(root) == before
    newest = backup(root, "--keep", "2")
    assert complete_backups(root) == [kept, newest]
    assert len(files_in(root)) == len(before) - 2 == stored()


@pytest.mark.kills
@pytest.mark.parametrize("objects_read", [1, 5])
def test_a_killed_backup_leaves_the_earlier_one_and_its_work(
    proxy, author, root, objects_read, capsys
):
    make_session(author, slides=1)
    path = backup(root)
    make_session(author, slides=4)
    reads = []

    def hang_after_some(request):
        if request.method == "GET" and "." in request.path.rpartition("/")[2]:
            reads.append(request)
            return "hang" if len(reads) > objects_read else None
        return None

    proxy.rules.append(hang_after_some)
    variables = {"DATABASE_URL": database_url(), "S3_READ_TIMEOUT_SECONDS": "60", **behind(proxy)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(root)],
        cwd=django_settings.BASE_DIR,
        env=os.environ | variables,
    )
    wait_until(lambda: len(reads) > objects_read)
    process.kill()
    process.wait()
    assert complete_backups(root) == [path]
    assert backup_runs()
    proxy.rules.clear()
    backup(root)
    assert len(list(root.glob("*.unfinished"))) == 0
    assert len(files_in(root)) == stored() == 10
