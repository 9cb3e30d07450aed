"""`manage.py verify` names whatever does not hold, and nothing else."""

import re
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from community.moderation import hide_share
from credits.models import CreditTransaction
from joip.operations.backups.object_lists import ObjectLists
from joip.operations.invariants import CHECKS
from joip.operations.verifying import faults_of_objects
from sessions.models import SessionMedia
from tests.backups import make_household, verify
from tests.factories import begin, make_person, make_session, make_share, set_price
from tests.test_backup import meanwhile


@pytest.fixture
def rows(save, transactional_db):
    """A share that was saved, and a hidden one, without objects: every check finds rows."""
    set_price(10)
    ines, noor = make_person("ines"), make_person("noor", balance=50)
    share = make_share(ines, slides=0)
    assert save(share, noor)[0] == 200
    hide_share(share=make_share(ines, slides=0, title="Hidden"), reason="spam")
    return share, noor.library.get()


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def stored_slide(session, **fields):
    SessionMedia.objects.create(
        session=session, order=1, media_type="image", size=9, **{"bucket": "user-media", **fields}
    )


def ledger_row(account, **fields):
    CreditTransaction.objects.create(
        account_id=account, **{"kind": "grant", "amount": 1, "balance_after": 41, **fields}
    )


def paid_again(_, saved):
    ledger_row(
        saved.owner_id,
        kind="charge",
        amount=-10,
        balance_after=30,
        reference=f"session:{saved.pk}",
    )
    execute("UPDATE credits_creditaccount SET balance = 30 WHERE user_id = %s", saved.owner_id)


def refunded(_, saved, amount=10):
    ledger_row(
        saved.owner_id,
        kind="refund",
        amount=amount,
        balance_after=40 + amount,
        reverses=saved.charge,
    )
    execute(
        "UPDATE credits_creditaccount SET balance = %s WHERE user_id = %s",
        40 + amount,
        saved.owner_id,
    )


def unsaid_balance(_, saved):
    ledger_row(saved.owner_id, balance_after=99)
    execute("UPDATE credits_creditaccount SET balance = 41 WHERE user_id = %s", saved.owner_id)


def of_saved(statement):
    return lambda _, saved: execute(statement, saved.pk)


def of_share(statement):
    return lambda share, _: execute(statement, share.pk)


BREAKS = [
    (
        "balances: person {owner} has 41 credits, but the ledger adds up to 40",
        lambda _, saved: execute(
            "UPDATE credits_creditaccount SET balance = 41 WHERE user_id = %s", saved.owner_id
        ),
    ),
    ("running_balances: ledger row .* of person {owner} says 99 credits, .* 41", unsaid_balance),
    (
        "refunds: ledger row .* is not the whole of the charge",
        lambda *rows: refunded(*rows, amount=4),
    ),
    ("charges_of_sessions: session {saved} has ledger row .* is refunded", refunded),
    ("further_charges: session {saved} was charged for once more", paid_again),
    (
        "further_charges: session {saved} was charged for once more",
        of_saved("UPDATE library_session SET charge_id = NULL WHERE id = %s"),
    ),
    (
        "pending_slides: slide .* is not copied, but the copying of session {saved} has ended",
        lambda _, saved: stored_slide(saved, bucket="general", key="community/1/a.jpg"),
    ),
    (
        "keys_of_slides: slide .* names users/1/a.jpg, which belongs to another session",
        lambda _, saved: stored_slide(saved, key="users/1/a.jpg"),
    ),
    (
        "orders: the 1 slides of session {saved} are not numbered from 0 on",
        of_saved('UPDATE session_media SET "order" = 1 WHERE session_id = %s'),
    ),
    (
        "summaries_of_snapshots: snapshot {snapshot} has another number of slides",
        lambda share, _: execute(
            "UPDATE library_session SET slide_count = 2 WHERE id = %s", share.snapshot_id
        ),
    ),
    (
        "summaries_of_snapshots: snapshot {snapshot} has another number of slides",
        lambda share, _: execute(
            "UPDATE library_session SET cover_id = NULL WHERE id = %s", share.snapshot_id
        ),
    ),
    (
        "shown_snapshots: share {share} does not show the snapshot of its session",
        of_share("UPDATE community_communityshare SET snapshot_id = NULL WHERE id = %s"),
    ),
    (
        "shown_snapshots: share {share} does not show the snapshot of its session",
        lambda share, _: execute(
            "UPDATE library_session SET snapshot_of_id = NULL WHERE id = %s", share.snapshot_id
        ),
    ),
    (
        "offered_sessions: share {share} is offered, but its session is not public",
        lambda share, _: execute(
            "UPDATE library_session SET is_public = %s WHERE id = %s", False, share.session_id
        ),
    ),
    (
        "offered_sessions: share {share} has no search entry",
        lambda share, _: execute(
            "DELETE FROM community_searchentry WHERE snapshot_id = %s", share.snapshot_id
        ),
    ),
    (
        r"hidden_shares: share {share}: whether it is hidden is not what .* decided last \(-\)",
        of_share("UPDATE community_communityshare SET hidden_at = shared_at WHERE id = %s"),
    ),
    (
        r"hidden_shares: share .*: whether it is hidden is not what .* decided last \(hide\)",
        lambda *rows: execute("UPDATE community_communityshare SET hidden_at = NULL"),
    ),
    (
        "save_counts: share {share} counts 0 saves, but there are 1",
        of_share("UPDATE community_communityshare SET save_count = 0 WHERE id = %s"),
    ),
    (
        "save_counts: shares count 4 saves that are deleted, but at most 0 were paid for",
        of_share("UPDATE community_communityshare SET save_count = 5 WHERE id = %s"),
    ),
    (
        "origins: session {saved} was saved from community:{share}, but does not descend from it",
        of_saved("DELETE FROM community_origin WHERE session_id = %s"),
    ),
]


def test_nothing_is_wrong_with_what_the_deeds_have_made(saver, capsys, save):
    household, _ = make_household(save)
    begin(household, saver)  # a copy that is under way
    assert verify(capsys) == ["0 objects that no slide names", "no faults"]


@pytest.mark.parametrize(
    ("fault", "violate"), BREAKS, ids=[fault.partition(":")[0] for fault, _ in BREAKS]
)
def test_it_names_what_was_broken(rows, fault, violate, capsys):
    share, saved = rows
    violate(share, saved)
    with pytest.raises(CommandError, match=r"^\d+ faults$"):
        call_command("verify", "--no-store")
    fault = fault.format(
        owner=saved.owner_id, saved=saved.pk, share=share.pk, snapshot=share.snapshot_id
    )
    lines = capsys.readouterr().out.splitlines()

    assert any(re.match(fault, line) for line in lines), lines


@contextmanager
def without_constraint(table, name):
    """As a database was whose constraint was dropped."""
    if connection.vendor == "sqlite":
        execute("PRAGMA ignore_check_constraints = ON")
        yield
        execute("PRAGMA ignore_check_constraints = OFF")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
        )
        (definition,) = cursor.fetchone()
    execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def test_it_names_rows_that_came_in_past_a_constraint(rows, capsys):
    _, saved = rows
    lease = "UPDATE library_session SET copy_lease_expires_at = {} WHERE id = %s"
    name = "a_lease_only_while_copying"
    with without_constraint("library_session", name):
        execute(lease.format("updated_at"), saved.pk)
        with pytest.raises(CommandError, match="1 faults"):
            call_command("verify", "--no-store")
        execute(lease.format("NULL"), saved.pk)
    assert f"conditions: session {saved.pk} violates {name}" in capsys.readouterr().out


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL always looks")
def test_it_names_references_to_what_is_not_there(rows, capsys):
    _, saved = rows
    execute("PRAGMA foreign_keys = OFF")
    execute("UPDATE library_session SET category_id = 99 WHERE id = %s", saved.pk)
    execute("PRAGMA foreign_keys = ON")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify", "--no-store")
    assert "references: " in capsys.readouterr().out
    execute("UPDATE library_session SET category_id = NULL WHERE id = %s", saved.pk)


@pytest.mark.backend_free
def test_every_check_is_broken_above():
    broken = {fault.partition(":")[0] for fault, _ in BREAKS} | {"conditions", "references"}
    assert broken == {check.__name__ for check in CHECKS}


def test_it_names_objects_that_are_missing_or_not_whole(share, author, capsys):
    first, second, third = share.session.media.all()
    storages[first.bucket].delete(first.key)
    storages[second.bucket].delete(second.key)
    storages[second.bucket].put(second.key, ContentFile(b"cut"), "image/jpeg")
    rendition = f"renditions/{third.rendition}/small.webp"
    storages["user-media"].delete(rendition)
    with pytest.raises(CommandError, match=r"^3 faults$"):
        call_command("verify")
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        [
            f"objects: user-media/{first.key} is missing",
            f"objects: user-media/{second.key} has 3 bytes, and should have {second.size}",
            f"objects: user-media/{rendition} is missing",
            "0 objects that no slide names",
        ]
    )
    call_command("verify", "--no-store")


def test_orphans_are_no_fault(share, capsys):
    key = f"users/1/manual-sessions/99/{uuid4()}.jpg"
    storages["user-media"].put(key, ContentFile(b"left over"), "image/jpeg")
    assert verify(capsys) == ["1 objects that no slide names", "no faults"]


def test_what_is_uploaded_meanwhile_is_no_fault(share, author):
    progress = meanwhile(lambda: make_session(author, slides=1), during="user-media/renditions/")
    with ObjectLists() as lists:
        assert list(faults_of_objects(lists, progress)) == []


def test_of_many_faults_some_are_printed_and_all_counted(rows, capsys):
    _, saved = rows
    sessions = [make_session(saved.owner, slides=0) for _ in range(25)]
    for session in sessions:
        stored_slide(session, key=f"users/1/{session.pk}.jpg")
    with pytest.raises(CommandError, match=r"^50 faults$"):
        call_command("verify", "--no-store")
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("orders: the")]) == 20
    assert lines[-2:] == ["keys_of_slides: 5 more", "orders: 5 more"]
