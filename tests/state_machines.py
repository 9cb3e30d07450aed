"""What Hypothesis's state machines share: small models in plain Python, which after every step
the service must agree with.
"""

from django.core.files.storage import storages
from hypothesis import settings
from hypothesis import strategies as st

from sessions.deletion import delete_session
from sessions.models import Session
from tests.tables import empty_tables

LITTLE = settings(derandomize=True, deadline=None, max_examples=40, stateful_step_count=30)
NUMBERS = st.integers(0, 9)  # which one of those that there are


def pick(things, number):
    return things[number % len(things)]


def begin_anew():
    """An empty database, as at the beginning of every test."""
    empty_tables()


def delete_everything():
    """Session by session, as people do; then nothing is left, snapshots and objects included."""
    for session in Session.objects.owned():
        delete_session(session=session)
    assert not Session.objects.exists()
    assert [list(storages[bucket].objects("")) for bucket in ("general", "user-media")] == [[], []]
