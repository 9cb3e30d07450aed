"""What operators run."""

import json

import pytest
from django.core.management import CommandError, call_command

from credits.ledger import balance_of
from credits.models import CreditTransaction
from sessions.models import Session
from tests.factories import begin, begin_sharing, let_the_lease_run_out, make_person, make_share
from tests.ledgers import check_ledger, check_objects


def test_save_session_prints_the_same_json_as_the_api(share, saver, save, capsys):
    call_command("save_session", share.pk, "--user", "saver")
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"success": True, "sessionId": saver.library.get().pk, "reused": False}
    assert save(share, saver) == (200, {**printed, "reused": True})
    assert balance_of(saver) == 40


def test_save_session_waives_credits_when_asked(share, saver):
    call_command("save_session", share.pk, "--user", "saver", "--waive-credits")
    assert balance_of(saver) == 50
    assert saver.library.get().charge_waived


@pytest.mark.parametrize(
    ("wanted", "user", "refusal"),
    [
        ("999999", "saver", "Session not found or not public"),
        ("007", "saver", "Invalid session ID"),
        ("1", "nobody", "There is no user named 'nobody'."),
        (None, "poor", "Insufficient credits"),
    ],
)
def test_save_session_exits_with_1_and_the_refusal(share, saver, wanted, user, refusal):
    make_person("poor", balance=5)
    with pytest.raises(CommandError) as refused:
        call_command("save_session", wanted or str(share.pk), "--user", user)
    assert (str(refused.value), refused.value.returncode) == (refusal, 1)
    assert not Session.objects.filter(import_source="community").exists()


def test_grant_credits_writes_a_row_with_its_note(saver, capsys):
    call_command("grant_credits", "saver", "25", "--note", "For the recipe contest")
    row = CreditTransaction.objects.get(note="For the recipe contest")
    assert (row.kind, row.amount, row.balance_after) == ("grant", 25, 75)
    assert f"saver has 75 credits now (ledger row {row.pk})." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["saver", "0", "--note", "a"], "The amount must be a whole number from 1"),
        (["saver", "--note", "a", "--", "-5"], "The amount must be a whole number from 1"),
        (["saver", "ten", "--note", "a"], "invalid int value: 'ten'"),
        (["saver", "10"], "--note"),
        (["nobody", "10", "--note", "a"], "There is no user named 'nobody'."),
    ],
)
def test_grant_credits_refuses_junk_and_changes_nothing(saver, arguments, refusal):
    with pytest.raises(CommandError, match=refusal):
        call_command("grant_credits", *arguments)
    assert balance_of(saver) == 50


@pytest.fixture
def unfinished(proxy, author, saver, share):
    """Three paid saves whose processes died."""
    return [
        begin(make_share(author, slides=2, title=f"Walk {number}"), saver) for number in range(3)
    ]


def test_resume_copies_goes_on_after_a_failure_and_says_so(unfinished, proxy, saver, capsys):
    first, second, third = unfinished
    for session in unfinished:
        let_the_lease_run_out(session)
    proxy.fail_copies(403, key=f"community/{second.copied_from_id}/")
    with pytest.raises(CommandError, match="1 could not be finished"):
        call_command("resume_copies")
    assert capsys.readouterr().out.splitlines() == [
        f"session {first.pk}: ready",
        f"session {second.pk}: failed",
        f"session {third.pk}: ready",
        "2 ready, 1 failed",
    ]
    assert balance_of(saver) == 30
    check_ledger()


def test_resume_copies_leaves_living_copies_alone(unfinished, capsys):
    call_command("resume_copies")
    assert capsys.readouterr().out == "nothing to resume\n"
    assert Session.objects.copying().count() == 3


def test_resume_copies_waits_for_leases_to_run_out_when_asked(unfinished, settings):
    settings.COPY_LEASE_SECONDS = 2
    for session in unfinished:
        let_the_lease_run_out(session)
    call_command("resume_copies", "--wait")
    assert not Session.objects.copying().exists()
    check_objects()


def test_resume_copies_finishes_snapshots_too(share):
    newest = begin_sharing(share.session)
    let_the_lease_run_out(newest)
    call_command("resume_copies")
    assert list(Session.objects.snapshots().values_list("pk", "media_status")) == [
        (newest.pk, "ready")
    ]
    check_objects()
