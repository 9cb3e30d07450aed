"""What Hypothesis's state machines share: small models in plain Python, which after every step
the service must agree with.
"""

from functools import cache

from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from sessions.deletion import delete_session
from sessions.models import Session
from tests.kept_state import KeptState
from tests.stored import stored
from tests.tables import empty_tables

PARTS = range(4)  # of a machine's runs; each is a test, so that cores can share them
LITTLE = settings(derandomize=True, max_examples=11, stateful_step_count=30)
NUMBERS = st.integers(0, 9)  # which one of those that there are


def run_part(machine, part):
    """Eleven runs of the machine, of which the first is the least; each part has its own seed."""
    run_state_machine_as_test(seed(part)(machine), settings=LITTLE)


def pick(things, number):
    return things[number % len(things)]


def beginning(build):
    """Once a process, builds what a machine's runs begin with; each run puts it back."""

    @cache
    def built():
        empty_tables()
        build()
        return KeptState()

    return lambda: built().put_back()


def delete_everything():
    """Session by session, as people do; then nothing is left, snapshots and objects included."""
    for session in Session.objects.owned():
        delete_session(session=session)
    assert not Session.objects.exists()
    assert stored() == set()
