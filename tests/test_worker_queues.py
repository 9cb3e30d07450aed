"""Large copies and small ones in one worker of two jobs: neither keeps the other waiting."""

import os

import pytest

from sessions.queueing import MAX_MEDIA_OF_SMALL
from tests.factories import make_person, make_share
from tests.workers import Worker, all_whole, jobs, needs_queue, wait_until

pytestmark = needs_queue


@pytest.fixture
def saved(queue, settings, author, share, save):
    """Save, while no worker is there, a share of so many slides as a new person."""
    shares = {3: share}
    queue.start(0)

    def saved(slides):
        if slides not in shares:
            settings.COPY_IN = "request"
            shares[slides] = make_share(author, slides=slides)
            settings.COPY_IN = "workers"
            queue.proxy.forget()
        person = make_person(f"person {jobs().count()}", balance=50)
        assert save(shares[slides], person)[0] == 200
        return person.library.get().pk

    return saved


@pytest.fixture
def copied(queue):
    """Let one worker copy everything: the session of each object, in the order of copying."""

    def copied():
        worker = Worker(queue.proxy, WORKER_JOBS="2", WORKER_NICENESS="3")
        wait_until(all_whole)
        assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) == 3
        assert worker.end() == 0
        paths = [request.path for request in queue.proxy.copies]
        return [int(path.split("/manual-sessions/")[1].split("/")[0]) for path in paths]

    return copied


LARGE = MAX_MEDIA_OF_SMALL + 1


def test_a_small_copy_does_not_wait_for_large_ones(saved, copied):
    first, second, small = saved(LARGE), saved(LARGE), saved(3)
    assert sorted(job.queue_name for job in jobs()) == ["copies", "large-copies", "large-copies"]
    order = copied()
    assert order.index(second) > len(order) - order[::-1].index(first) - 1  # one after the other
    assert order.index(small) < order.index(second)


def test_a_large_copy_does_not_wait_for_small_ones(saved, copied):
    small = [saved(3) for _ in range(6)]
    large = saved(LARGE)
    order = copied()
    assert order.index(large) < order.index(small[-1])


def test_fifty_media_are_small(saved):
    saved(MAX_MEDIA_OF_SMALL)
    assert [job.queue_name for job in jobs()] == ["copies"]
