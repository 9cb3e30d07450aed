"""Copies of a process share one pool of threads: they take turns, and none waits in silence."""

import os
import threading
import time
import warnings

import pytest

from credits.ledger import balance_of
from sessions import object_copies
from sessions.models import Session
from tests.factories import make_person, make_share, set_price
from tests.ledgers import check_ledger, check_objects
from tests.test_races import saving
from tests.threads import all_at_once, elsewhere


def in_the_background(deed):
    thread = threading.Thread(target=elsewhere(deed), daemon=True)
    thread.start()
    return thread


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def share(proxy, author):
    """Thirty slides, whose snapshot is whole before the store becomes slow."""
    set_price(10)
    share = make_share(author, slides=30)
    proxy.forget()
    return share


@pytest.fixture
def at_once(proxy):
    """How many copies the store had in hand, each time another one came."""
    counts, lock, in_hand = [], threading.Lock(), 0

    def rule(request):
        nonlocal in_hand
        if request.is_copy:
            with lock:
                in_hand += 1
                counts.append(in_hand)
            time.sleep(0.05)
            with lock:
                in_hand -= 1

    proxy.rules.append(rule)
    return counts


def test_all_saves_together_copy_as_many_objects_at_once_as_one(share, settings, at_once):
    settings.COPY_CONCURRENCY = 4
    people = [make_person(f"person {number}", balance=50) for number in range(3)]
    all_at_once(*[saving(share, person) for person in people])
    assert max(at_once) == 4
    assert [balance_of(person) for person in people] == [40] * 3
    check_ledger()
    check_objects()


def test_a_small_save_does_not_wait_for_a_large_one(share, author, saver, settings, proxy):
    settings.COPY_CONCURRENCY = 2
    small = make_share(author, slides=3)
    proxy.forget()
    proxy.delay = 0.1
    large = in_the_background(saving(share, make_person("first", balance=50)))
    wait_until(lambda: len(proxy.copies) >= 4)
    saving(small, saver)()
    assert len(proxy.copies) < 20  # of 33
    large.join()
    check_objects()


def test_a_save_renews_its_lease_while_it_waits_for_the_pool(share, author, saver, settings, proxy):
    settings.COPY_CONCURRENCY, settings.S3_READ_TIMEOUT_SECONDS = 1, 30
    waits = threading.Event()
    proxy.rules.append(lambda request: request.is_copy and waits.wait(20) and None)
    first = in_the_background(saving(share, make_person("first", balance=50)))
    wait_until(lambda: len(proxy.copies) == 1)
    second = in_the_background(saving(share, saver))
    wait_until(saver.library.exists)
    lease = saver.library.get().copy_lease_expires_at
    wait_until(lambda: saver.library.get().copy_lease_expires_at > lease)
    assert len(proxy.copies) == 1
    waits.set()
    first.join()
    second.join()
    assert not Session.objects.copying().exists()
    check_objects()


def test_a_paused_copy_occupies_no_thread(share, author, saver, settings, proxy):
    settings.COPY_CONCURRENCY, settings.COPY_PATIENCE_SECONDS = 2, 20
    failing = f"community/{share.snapshot_id}/"
    proxy.fail_copies(503, key=failing)
    first = in_the_background(saving(share, make_person("first", balance=50)))
    wait_until(lambda: len(proxy.copies) >= 2)
    other = make_share(author, slides=4)
    assert saving(other, saver)().reused is False
    assert first.is_alive()
    proxy.rules.clear()
    first.join()
    check_ledger()
    check_objects()


@pytest.mark.backend_free
def test_a_forked_process_makes_a_pool_of_its_own():
    object_copies.pool().submit(int).result()
    with warnings.catch_warnings(action="ignore"):
        child = os.fork()
    if not child:
        os._exit(len(object_copies._pools))
    assert os.waitpid(child, 0)[1] == 0
