"""How many statements and store requests a save takes; time is for the benchmark."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions import copying
from tests.factories import make_share, set_price

TRANSACTION = ("BEGIN", "COMMIT")


@pytest.fixture(autouse=True)
def _no_second_passes(monkeypatch):
    # A copy records every second; a slow machine must not count more of them.
    monkeypatch.setattr(copying, "RECORD_SECONDS", 600)


def statements(client, share):
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/api/community/sessions/{share.pk}/save")
    assert answer.status_code == 200
    return [q["sql"] for q in captured if not q["sql"].startswith(TRANSACTION)]


def test_a_first_save_takes_at_most_20_statements_and_a_repeat_3(client, author, share):
    client.force_login(User.objects.create_user("newcomer"))
    assert len(statements(client, share)) <= 20
    assert len(statements(client, share)) <= 3


def test_statements_do_not_grow_with_media(client, author, transactional_db, saver):
    set_price(10)
    small, large = make_share(author, slides=1), make_share(author, slides=300)
    client.force_login(saver)
    assert len(statements(client, large)) == len(statements(client, small))


def test_the_store_is_asked_once_for_each_object(share, proxy, author, saver, save):
    share = make_share(author, slides=20)
    proxy.requests.clear()
    assert save(share, saver)[0] == 200
    assert len(proxy.copies) == len(proxy.requests) == 20 + proxy.faults_of_the_store


def test_a_session_is_read_in_the_same_statements_however_many_slides(client, author, share):
    large = make_share(author, slides=30)
    client.force_login(author)
    counts = set()
    for session in (share.session, large.session):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/sessions/{session.pk}").status_code == 200
        counts.add(len(captured))
    assert len(counts) == 1
