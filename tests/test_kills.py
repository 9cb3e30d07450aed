"""A real server process, killed or stopped while it copies, and what is left of its save.

Most tests share gunicorn, which has imported all, and kill the process that it has forked. All
share the store's proxy, whose address that process knows.
"""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.management import call_command

from credits.ledger import balance_of
from credits.models import CreditTransaction
from sessions.editing import edit_session
from sessions.models import Session
from tests.conftest import running_proxy, use_store
from tests.factories import make_share, set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.web_server import Server, behind

LEASE_SECONDS = 2
SLIDES = 12

pytestmark = pytest.mark.kills


@pytest.fixture(scope="module")
def shared_proxy(s3):
    with running_proxy(s3) as proxy:
        yield proxy


@pytest.fixture
def proxy(shared_proxy, settings):
    use_store(settings, shared_proxy)
    yield shared_proxy
    shared_proxy.reset()


@pytest.fixture(scope="module")
def running():
    """The server, once a test has started it, unless one has ended it."""
    running = []
    yield running
    for server in running:
        server.kill()


@pytest.fixture
def server(proxy, running, transactional_db):
    if not running:
        lease = str(LEASE_SECONDS)
        running.append(Server("--preload", COPY_LEASE_SECONDS=lease, **behind(proxy)))
    (server,) = running
    yield server
    if running:
        server.send(signal.SIGCONT)  # if the test failed


@pytest.fixture
def share(proxy, author):
    set_price(10)
    return make_share(author, slides=SLIDES)


@contextmanager
def under_way(server, proxy, client, person, path):
    """A request that copies, in the server: what it will answer. The store is slow from here on."""
    client.force_login(person)
    proxy.delay = 0.3
    proxy.forget()
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(server.post, path, client.cookies["session"].value)


@pytest.fixture
def saving(server, share, saver, client, proxy):
    path = f"/api/community/sessions/{share.pk}/save"
    with under_way(server, proxy, client, saver, path) as saving:
        yield saving


@pytest.fixture
def sharing_again(server, share, author, client, proxy):
    edit_session(session=share.session, title="Fjords in June")
    path = f"/api/sessions/{share.session_id}/community-share"
    with under_way(server, proxy, client, author, path) as sharing:
        yield sharing


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def after_the_lease():
    wait_until(lambda: Session.objects.abandoned().exists())


def charges():
    return CreditTransaction.objects.filter(kind="charge").count()


@pytest.mark.parametrize("copies_begun", [1, 5, SLIDES])
@pytest.mark.parametrize("recovery", ["a repeated POST", "resume_copies"])
def test_a_killed_save_is_made_whole_with_one_charge(
    server, saving, share, saver, save, proxy, copies_begun, recovery
):
    wait_until(lambda: len(proxy.copies) >= copies_begun)
    server.kill_worker()
    assert saving.result() is None
    session = saver.library.get()
    assert session.media_status == "copying"
    assert charges() == 1
    proxy.delay = 0
    after_the_lease()
    if recovery == "resume_copies":
        call_command("resume_copies")
    assert save(share, saver) == (
        200,
        {"success": True, "sessionId": session.pk, "reused": True},
    )
    assert saver.library.get().media_status == "ready"
    assert (charges(), balance_of(saver)) == (1, 40)
    share.refresh_from_db()
    assert share.save_count == 1
    check_ledger()
    check_objects()


@pytest.mark.parametrize("copies_begun", [1, SLIDES])
def test_a_killed_sharing_shows_what_was_shared_before_until_it_is_whole(
    server, sharing_again, share, author, client, proxy, copies_begun
):
    wait_until(lambda: len(proxy.copies) >= copies_begun)
    server.kill_worker()
    assert sharing_again.result() is None

    def shown():
        item = client.get(f"/api/community/sessions/{share.pk}").json()
        return item["session"]["title"], len(item["media"])

    assert shown() == ("Fjords in May", SLIDES)
    proxy.delay = 0
    after_the_lease()
    call_command("resume_copies")
    assert shown() == ("Fjords in June", SLIDES)
    check_objects()
    check_shares()


@pytest.mark.parametrize("milliseconds", [0, 5, 10, 20, 40, 80])
def test_killed_at_any_moment_a_save_is_charged_once_or_not_at_all(
    server, running, saving, share, saver, save, proxy, milliseconds
):
    time.sleep(milliseconds / 1000)
    running.clear()
    server.kill()  # with gunicorn, whose next process would answer what this one did not accept
    assert saving.result() is None
    assert charges() == saver.library.count()
    check_ledger()
    proxy.delay = 0
    if saver.library.exists():
        after_the_lease()
    assert save(share, saver)[0] == 200
    assert (charges(), balance_of(saver)) == (1, 40)
    check_ledger()
    check_objects()


def test_a_server_that_is_asked_to_end_answers_first(server, running, saving, saver, proxy):
    wait_until(lambda: proxy.copies)
    running.clear()
    server.process.terminate()
    session = saver.library.get()
    assert saving.result() == (200, {"success": True, "sessionId": session.pk, "reused": False})
    assert server.process.wait() == 0


def test_a_stopped_process_that_wakes_after_the_takeover_changes_nothing(
    server, saving, share, saver, save, proxy
):
    wait_until(lambda: len(proxy.copies) >= 3)
    server.send(signal.SIGSTOP)
    after_the_lease()
    proxy.delay = 0
    status, body = save(share, saver)
    assert (status, body["reused"]) == (200, True)
    before = saver.library.values().get()
    server.send(signal.SIGCONT)
    assert saving.result() == (200, {**body, "reused": False})
    assert saver.library.values().get() == before
    assert (charges(), balance_of(saver)) == (1, 40)
    check_ledger()
    check_objects()


def test_a_stopped_process_that_wakes_after_a_second_paid_attempt_changes_nothing(
    server, saving, share, saver, save, proxy
):
    wait_until(lambda: len(proxy.copies) >= 3)
    server.send(signal.SIGSTOP)
    after_the_lease()
    proxy.delay = 0
    proxy.fail_copies(403)
    assert save(share, saver)[0] == 503
    assert balance_of(saver) == 50
    proxy.rules.clear()
    assert save(share, saver)[1]["reused"] is False
    before = saver.library.values().get()
    server.send(signal.SIGCONT)
    assert saving.result()[0] == 200
    assert saver.library.values().get() == before
    assert (charges(), balance_of(saver)) == (2, 40)
    check_ledger()
    check_objects()
