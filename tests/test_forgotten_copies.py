"""Copies whose job was lost, that exceed a person's share, or that another COPY_IN has begun."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from joip.operations.upkeep import alone, look_after_rows
from sessions.models import Session
from sessions.queued_copies import copy_queued
from tests.factories import begin, let_the_lease_run_out, make_share, set_price
from tests.ledgers import check_ledger
from tests.test_admin_sessions import run
from tests.threads import all_at_once
from tests.workers import check_objects, jobs, needs_queue

pytestmark = [needs_queue, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def waiting(share, saver, settings):
    """A save that waits for a worker."""
    settings.COPY_IN = "workers"
    session = begin(share, saver)
    return Session.objects.get(pk=session.pk)


def lose_its_job():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_upkeep_defers_anew_what_has_no_job(waiting):
    lose_its_job()
    look_after_rows()
    look_after_rows()  # twice is harmless
    assert [job.args for job in jobs()] == [{"session_id": waiting.pk}]


def test_upkeep_leaves_alone_what_has_a_job(waiting):
    look_after_rows()
    assert jobs().count() == 1


def test_upkeep_defers_anew_what_a_dead_worker_had_taken(waiting):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    look_after_rows()
    assert [job.args for job in jobs(status="todo")] == [{"session_id": waiting.pk}]


def test_upkeep_defers_a_copy_whose_process_died(share, saver, settings):
    session = begin(share, saver)
    settings.COPY_IN = "workers"
    look_after_rows()
    assert not jobs().exists()
    let_the_lease_run_out(session)
    look_after_rows()
    assert [job.args for job in jobs()] == [{"session_id": session.pk}]


def test_upkeep_does_not_wait_for_another(waiting):
    lose_its_job()
    with alone("look after rows") as is_alone:
        assert is_alone
        look_after_rows()
        assert not jobs().exists()
    look_after_rows()
    assert jobs().count() == 1


def test_a_job_that_is_one_too_many_finds_nothing(waiting, saver):
    assert copy_queued(waiting.pk).name == "READY"
    assert copy_queued(waiting.pk) is None
    assert copy_queued(10**9) is None
    assert saver.library.get().copy_attempt == 2
    check_ledger()
    check_objects()


def test_of_two_jobs_at_once_one_copies(waiting, saver):
    outcomes = all_at_once(*[lambda: copy_queued(waiting.pk)] * 4)
    assert [outcome.name for outcome in outcomes if outcome] == ["READY"]
    assert (saver.library.get().copy_attempt, saver.library.get().copy_takeovers) == (2, 0)
    check_objects()


def test_over_a_persons_limit_a_job_comes_again_some_seconds_later(
    waiting, author, saver, settings
):
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON = 1
    settings.COPY_IN = "request"
    at_work = begin(make_share(author), saver)
    settings.COPY_IN = "workers"
    assert copy_queued(waiting.pk) is None
    again = jobs().last()
    assert again.args == {"session_id": waiting.pk}
    soon = again.scheduled_at - timezone.now()
    assert timedelta(seconds=1) < soon < timedelta(seconds=5)
    let_the_lease_run_out(at_work)  # dead processes do not count
    assert copy_queued(waiting.pk).name == "READY"


def test_of_sharings_those_of_the_author_count(share, author, saver, settings):
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON = 1
    begin(share, author)  # an author may save too
    settings.COPY_IN = "workers"
    set_price(0)
    make_share(author)
    snapshot = Session.objects.snapshots().waiting().get()
    assert copy_queued(snapshot.pk) is None
    assert jobs().count() == 2
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON = 0
    assert copy_queued(snapshot.pk).name == "READY"


@pytest.mark.parametrize("recovery", ["a repeated POST", "resume_copies"])
def test_what_waits_when_workers_are_given_up_is_begun_in_requests(
    waiting, share, saver, save, settings, recovery
):
    settings.COPY_IN = "request"
    if recovery == "resume_copies":
        call_command("resume_copies")
    expected = {"success": True, "sessionId": waiting.pk, "reused": True}
    assert save(share, saver) == (200, expected)
    session = saver.library.get()
    assert (session.media_status, session.copy_takeovers) == ("ready", 0)
    check_ledger()
    check_objects()


def test_resume_copies_leaves_them_to_workers(waiting, capsys):
    call_command("resume_copies")
    lose_its_job()
    call_command("resume_copies")
    assert capsys.readouterr().out == "0 copies left to workers\n1 copies left to workers\n"
    assert jobs().count() == 1


def test_staff_leave_a_copy_to_workers(waiting, admin_client):
    lose_its_job()
    assert run(admin_client, "resume", waiting) == ["Fjords in May: left to a worker."]
    assert jobs().count() == 1


def test_a_worker_needs_to_be_wanted(settings):
    settings.COPY_IN = "request"
    with pytest.raises(CommandError, match="COPY_IN=workers"):
        call_command("worker")


def test_upkeep_leaves_no_lock_behind(db):
    look_after_rows()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


def test_upkeep_comes_each_minute_and_orphans_go_each_night():
    from procrastinate.contrib.django import app

    times = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert times == {
        "look_after_rows": "* * * * *",
        "delete_stalled_jobs": "* * * * *",
        "prune_objects": "30 4 * * *",
    }
