"""Workers that are killed, stopped or asked to end while they copy, and what is left of a save.

As in `tests.test_kills`, where the web server copies.
"""

import signal
import time

import pytest

from community.sharing import share_session
from credits.ledger import balance_of
from credits.models import CreditTransaction
from joip.operations.upkeep import look_after_rows
from sessions.editing import edit_session
from sessions.models import Session
from tests.factories import make_share
from tests.ledgers import check_ledger, check_shares
from tests.workers import all_whole, check_objects, jobs, needs_queue, wait_until

pytestmark = [needs_queue, pytest.mark.kills]

SLIDES = 12
SLOW = 0.3  # seconds for a copy of an object; a worker makes two at once


@pytest.fixture
def share(queue, author, share, settings):
    settings.COPY_IN = "request"
    share = make_share(author, slides=SLIDES)
    settings.COPY_IN = "workers"
    queue.proxy.forget()
    return share


@pytest.fixture
def under_way(queue, share, saver, save):
    """A save that a worker copies slowly, and that worker."""
    worker = queue.only_one()
    queue.proxy.delay = SLOW
    assert save(share, saver)[1]["reused"] is False
    return worker


def copies_begun(queue, count=1):
    wait_until(lambda: len(queue.proxy.copies) >= count)


def whole_if_looked_after():
    """Again and again, as workers do: the database may still give a job to a worker just killed."""
    look_after_rows()
    return all_whole()


def after_the_lease():
    wait_until(lambda: Session.objects.abandoned().exists())


def charges():
    return CreditTransaction.objects.filter(kind="charge").count()


def check_saved_once(share, saver, save):
    session = saver.library.get()
    expected = {"success": True, "sessionId": session.pk, "reused": True}
    assert save(share, saver) == (200, expected)
    assert session.media_status == "ready"
    assert (charges(), balance_of(saver)) == (1, 40)
    share.refresh_from_db()
    assert share.save_count == 1
    check_ledger()
    check_objects()


@pytest.mark.parametrize("count", [1, SLIDES])
def test_a_killed_worker_s_save_is_made_whole_by_another_with_one_charge(
    queue, under_way, share, saver, save, count
):
    copies_begun(queue, count)
    queue.kill(under_way)
    assert saver.library.get().media_status == "copying"
    queue.proxy.delay = 0
    queue.the_other()
    after_the_lease()
    look_after_rows()  # as workers do each minute
    wait_until(all_whole)
    assert saver.library.get().copy_takeovers == 1
    check_saved_once(share, saver, save)


@pytest.mark.parametrize("milliseconds", [5, 50])
def test_killed_at_any_moment_a_save_is_made_whole(
    queue, under_way, share, saver, save, milliseconds
):
    time.sleep(milliseconds / 1000)
    queue.kill(under_way)
    queue.proxy.delay = 0
    queue.the_other()
    wait_until(whole_if_looked_after)
    check_saved_once(share, saver, save)


def test_a_killed_sharing_shows_what_was_shared_before_until_it_is_whole(
    queue, share, author, client
):
    def shown():
        item = client.get(f"/api/community/sessions/{share.pk}").json()
        return item["session"]["title"], len(item["media"])

    client.force_login(author)
    edit_session(session=share.session, title="Fjords in June")
    worker = queue.only_one()
    queue.proxy.delay = SLOW
    share_session(session=share.session)
    copies_begun(queue)
    queue.kill(worker)
    assert shown() == ("Fjords in May", SLIDES)
    queue.proxy.delay = 0
    queue.the_other()
    after_the_lease()
    look_after_rows()
    wait_until(all_whole)
    assert shown() == ("Fjords in June", SLIDES)
    check_objects()
    check_shares()


def test_a_worker_that_is_asked_to_end_begins_no_object_and_leaves_the_rest_to_others(
    queue, under_way, share, saver, save
):
    copies_begun(queue, 3)
    asked = len(queue.proxy.copies)
    assert under_way.end() == 0
    assert len(queue.proxy.copies) <= asked + 2  # those under way, and what began meanwhile
    session = saver.library.get()
    assert (session.media_status, session.copy_lease_expires_at) == ("copying", None)
    assert session.media.count() - session.pending().count() == len(queue.proxy.copies)
    assert [job.args for job in jobs(status="todo")] == [{"session_id": session.pk}]
    queue.the_other()
    wait_until(all_whole)
    session = saver.library.get()
    assert (session.copy_attempt, session.copy_takeovers) == (3, 0)
    assert len(queue.proxy.copies) == SLIDES  # none twice
    check_saved_once(share, saver, save)


def test_a_stopped_worker_that_wakes_after_the_takeover_changes_nothing(
    queue, under_way, share, saver, save
):
    copies_begun(queue, 3)
    under_way.send(signal.SIGSTOP)
    after_the_lease()
    queue.the_other()
    queue.proxy.delay = 0
    look_after_rows()
    wait_until(all_whole)
    before = saver.library.values().get()
    under_way.send(signal.SIGCONT)
    wait_until(lambda: not jobs(status="doing").exists())
    assert saver.library.values().get() == before
    check_saved_once(share, saver, save)


def test_a_stopped_worker_that_wakes_after_a_second_paid_attempt_changes_nothing(
    queue, under_way, share, saver, save
):
    copies_begun(queue, 3)
    under_way.send(signal.SIGSTOP)
    after_the_lease()
    queue.proxy.delay = 0
    queue.proxy.fail_copies(403)
    queue.the_other()
    look_after_rows()
    wait_until(all_whole)
    assert balance_of(saver) == 50
    queue.proxy.rules.clear()
    assert save(share, saver)[1]["reused"] is False
    wait_until(all_whole)
    before = saver.library.values().get()
    under_way.send(signal.SIGCONT)
    wait_until(lambda: not jobs(status="doing").exists())
    assert saver.library.values().get() == before
    assert (charges(), balance_of(saver)) == (2, 40)
    check_ledger()
    check_objects()
