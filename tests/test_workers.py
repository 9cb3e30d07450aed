"""COPY_IN=workers: saves and shares are answered at once, and workers copy their media."""

from django.core.management import call_command
from django.db import connection

from community.models import CommunityShare
from credits.ledger import balance_of
from tests.factories import make_session, set_price
from tests.ledgers import check_ledger, check_shares
from tests.workers import all_whole, check_objects, jobs, needs_queue, wait_until

pytestmark = needs_queue


def answer_of(person, *, reused=False):
    return 200, {"success": True, "sessionId": person.library.get().pk, "reused": reused}


def test_a_save_is_answered_at_once_and_plays_from_the_first_moment(
    queue, share, saver, save, client
):
    assert save(share, saver) == answer_of(saver)
    assert queue.proxy.copies == []
    session = saver.library.get()
    assert (session.media_status, session.copy_lease_expires_at) == ("copying", None)
    assert balance_of(saver) == 40
    shown = client.get(f"/api/sessions/{session.pk}").json()
    originals = share.session.snapshots.get().media.all()
    assert [slide["mediaUrl"] for slide in shown["media"]] == [slide.url for slide in originals]
    check_ledger()


def test_its_job_carries_its_id_and_no_lock(queue, share, saver, save):
    save(share, saver)
    job = jobs().get()
    assert (job.task_name, job.queue_name) == ("copy_session", "copies")
    assert job.args == {"session_id": saver.library.get().pk}
    assert (job.lock, job.queueing_lock, job.scheduled_at) == (None, None, None)


def test_a_refused_save_leaves_no_job(queue, share, saver, save):
    set_price(60)
    assert save(share, saver)[0] == 402
    assert not jobs().exists()


def test_a_repeat_while_it_waits_copies_nothing_and_queues_nothing(queue, share, saver, save):
    save(share, saver)
    assert save(share, saver) == answer_of(saver, reused=True)
    assert queue.proxy.copies == []
    assert jobs().count() == 1
    assert balance_of(saver) == 40


def test_a_worker_makes_it_whole_and_its_job_goes(queue, share, saver, save):
    queue.start()
    save(share, saver)
    wait_until(all_whole)
    wait_until(lambda: not jobs(task_name="copy_session").exists())
    assert save(share, saver) == answer_of(saver, reused=True)
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_sharing_takes_the_same_road(queue, author, client, share):
    queue.start()
    queue.proxy.delay = 0.5
    session = make_session(author)
    client.force_login(author)
    path = f"/api/sessions/{session.pk}/community-share"
    assert client.post(path).status_code == 200
    shown = f"/api/community/sessions/{CommunityShare.objects.get(session=session).pk}"
    assert client.get(shown).status_code == 404
    wait_until(all_whole)
    assert client.get(shown).status_code == 200
    check_objects()
    check_shares()


def test_missing_renditions_take_the_same_road(queue, author):
    session = make_session(author)
    session.media.update(rendition=None)
    call_command("make_renditions")
    queue.start()
    wait_until(lambda: not session.media.filter(rendition=None).exists())


def test_a_save_that_fails_is_refunded_and_begins_again_in_a_worker(queue, share, saver, save):
    queue.proxy.fail_copies(403)
    queue.start()
    save(share, saver)
    wait_until(all_whole)
    assert saver.library.get().media_status == "failed"
    assert balance_of(saver) == 50
    queue.proxy.rules.clear()
    assert save(share, saver) == answer_of(saver)
    wait_until(all_whole)
    assert saver.library.get().media_status == "ready"
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_a_copy_deleted_while_it_waits_is_refunded_and_its_job_finds_nothing(
    queue, share, saver, save, client
):
    queue.start(0)
    save(share, saver)
    assert client.delete(f"/api/sessions/{saver.library.get().pk}").status_code == 204
    assert balance_of(saver) == 50
    queue.start()
    wait_until(lambda: not jobs(task_name="copy_session").exists())
    check_ledger()
    check_objects()


def test_a_worker_that_was_taken_for_dead_goes_on(queue, share, saver, save):
    queue.start()
    with connection.cursor() as cursor:
        wait_until(lambda: cursor.execute("DELETE FROM procrastinate_workers") or cursor.rowcount)
    save(share, saver)
    wait_until(all_whole)
    check_objects()
