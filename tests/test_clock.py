"""A process whose clock is wrong: it says so, begins no copy, and nobody is refunded for it."""

import time

import pytest

from credits.ledger import balance_of
from joip.clock import clock_problem, log_clock_problem
from tests.ledgers import check_ledger
from tests.workers import Worker, all_whole, check_objects, jobs, needs_queue, wait_until

pytestmark = needs_queue

POSTPONED = {
    "error": "The media cannot be copied at the moment; the copy will be finished later",
    "code": "MEDIA_COPY_POSTPONED",
}


@pytest.fixture
def set_clock(monkeypatch):
    true = time.time

    def set_clock(seconds_ahead):
        monkeypatch.setattr(time, "time", lambda: true() + seconds_ahead)

    return set_clock


@pytest.mark.parametrize(("ahead", "said"), [(70, "70 s ahead of"), (-400, "400 s behind")])
def test_beyond_a_minute_it_is_said(db, set_clock, caplog, ahead, said):
    set_clock(ahead)
    log_clock_problem()
    expected = f"this machine's clock is {said} the database's: set it by NTP"
    assert [record.message for record in caplog.records] == [expected]
    assert clock_problem() == expected


def test_within_a_minute_nothing_is_said(db, set_clock, caplog):
    set_clock(50)
    log_clock_problem()
    assert (caplog.records, clock_problem()) == ([], None)


def test_beyond_five_minutes_no_copy_begins_and_none_is_refunded(
    proxy, share, saver, save, set_clock
):
    set_clock(310)
    proxy.forget()
    for _ in range(7):  # more often than a copy may be taken over
        assert save(share, saver) == (503, POSTPONED)
    assert proxy.copies == []
    session = saver.library.get()
    assert (session.media_status, session.copy_lease_expires_at) == ("copying", None)
    assert balance_of(saver) == 40
    set_clock(50)
    expected = {"success": True, "sessionId": session.pk, "reused": True}
    assert save(share, saver) == (200, expected)
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_a_clock_that_goes_wrong_in_mid_copy_gives_the_lease_back(
    proxy, share, saver, save, set_clock, settings
):
    settings.COPY_CONCURRENCY = 1
    proxy.delay = 0.6
    proxy.in_mid_copy(lambda: set_clock(-310))
    assert save(share, saver) == (503, POSTPONED)
    session = saver.library.get()
    assert session.copy_lease_expires_at is None
    assert session.pending().count() < 3  # what has landed is recorded
    assert balance_of(saver) == 40


def test_a_worker_whose_clock_is_wrong_leaves_copies_to_others(queue, share, saver, save, tmp_path):
    log = tmp_path / "log"
    queue.start(0)
    with log.open("w") as file:
        wrong = Worker(queue.proxy, clock_ahead=400, log=file)
    try:
        assert save(share, saver)[0] == 200
        wait_until(lambda: "400 s ahead of the database's" in log.read_text())
        assert queue.proxy.copies == []
        assert jobs(status="todo").count() == 1
        queue.start()
        wait_until(all_whole)
        check_objects()
    finally:
        assert wrong.end() == 0
