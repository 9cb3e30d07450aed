"""`prune_media`: what it deletes, and what it leaves alone."""

import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from joip.media.local_bucket import LocalBucket
from sessions import pruning
from sessions.models import Session
from tests.factories import make_share
from tests.ledgers import left_over
from tests.threads import elsewhere


@pytest.fixture
def a_day_later(monkeypatch):
    """Everything stored so far is old enough to be an orphan."""
    monkeypatch.setattr(pruning, "ORPHAN_AGE", timedelta(seconds=-60))


def put(bucket, key):
    return storages[bucket].save(key, ContentFile(b"left over"))


@pytest.fixture
def orphans(share, saver):
    return [
        ("general", put("general", f"community/{share.pk}/{uuid4()}.jpg")),
        ("user-media", put("user-media", f"users/{saver.pk}/manual-sessions/99/{uuid4()}.jpg")),
        ("user-media", put("user-media", f"users/{saver.pk}/manual-sessions/99/x.unfinished")),
    ]


def test_it_deletes_old_orphans_and_names_them(orphans, a_day_later, capsys):
    call_command("prune_media")
    assert left_over() == []
    printed = capsys.readouterr().out
    assert all(f"{bucket}/{key}: deleted" in printed for bucket, key in orphans)
    assert "3 deleted" in printed


def test_a_dry_run_only_names_them(orphans, a_day_later, capsys):
    call_command("prune_media", "--dry-run")
    assert sorted(left_over()) == sorted(orphans)
    assert "3 orphan" in capsys.readouterr().out


def test_it_leaves_young_objects_alone(orphans):
    call_command("prune_media")
    assert sorted(left_over()) == sorted(orphans)


def test_it_leaves_everything_alone_that_is_not_under_a_place(share, a_day_later):
    others = [("general", "avatars/1.jpg"), ("user-media", "users/1/avatar.jpg")]
    for bucket, key in others:
        put(bucket, key)
    call_command("prune_media")
    assert all(storages[bucket].exists(key) for bucket, key in others)


def test_it_leaves_the_destinations_of_a_running_copy_alone(
    proxy, share, author, saver, save, a_day_later
):
    share = make_share(author, slides=4)
    pruned = []

    @elsewhere
    def prune(request):
        if request.is_copy and len(proxy.copies) == 4 and not pruned:
            pruned.append(True)
            call_command("prune_media")

    proxy.forget()
    proxy.rules.append(prune)
    assert save(share, saver)[0] == 200
    assert pruned
    for slide in saver.library.get().media.all():
        assert storages["user-media"].exists(slide.key)


def test_it_asks_again_just_before_it_deletes(orphans, share, a_day_later, monkeypatch):
    (bucket, key), *_ = orphans
    found = list(pruning.orphans(bucket, [key]))
    share.session.snapshots.get().media.create(
        order=9, media_type="image", bucket=bucket, key=key, size=9
    )
    assert found == [key]
    assert pruning.prune(bucket, key) is False
    assert storages[bucket].exists(key)


def test_it_removes_a_retired_snapshot_that_no_copy_reads(share, saver):
    snapshot = share.session.snapshots.get()
    copy = Session.objects.create(
        owner=saver,
        title="Reading",
        media_status="copying",
        copy_lease_expires_at=timezone.now() + timedelta(minutes=1),
        copied_from=snapshot,
    )
    Session.objects.filter(pk=snapshot.pk).update(snapshot_of=None)
    call_command("prune_media")
    assert Session.objects.filter(pk=snapshot.pk).exists()
    copy.delete()
    call_command("prune_media")
    assert not Session.objects.filter(pk=snapshot.pk).exists()
    assert left_over() == []


def test_it_goes_on_after_a_failure_and_exits_with_1(proxy, author, saver, a_day_later, capsys):
    keys = [put("general", f"community/9/{uuid4()}.jpg") for _ in range(3)]
    proxy.rules.append(
        lambda request: 503 if request.method == "DELETE" and keys[1] in request.path else None
    )
    with pytest.raises(CommandError, match="1 could not be deleted"):
        call_command("prune_media")
    assert [key for _, key in left_over()] == [keys[1]]


def test_a_copy_made_from_an_old_object_is_young(share, saver, save):
    if not isinstance(storages["general"], LocalBucket):
        pytest.skip("an S3 store gives a copy its own time")
    snapshot = share.session.snapshots.get()
    old = (timezone.now() - timedelta(days=9)).timestamp()
    for slide in snapshot.media.all():
        os.utime(storages["general"].path(slide.key), (old, old))
    save(share, saver)
    for slide in saver.library.get().media.all():
        age = timezone.now() - storages["user-media"].get_modified_time(slide.key)
        assert age < timedelta(minutes=1)
