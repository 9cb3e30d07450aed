"""One person's uploads and saves, and a store that stalls, leave threads for everybody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from credits.ledger import balance_of
from credits.models import CreditTransaction
from sessions.places import place
from tests.factories import (
    begin,
    let_the_lease_run_out,
    make_person,
    make_session,
    make_share,
    picture,
)
from tests.ledgers import check_ledger, check_objects
from tests.threads import all_at_once
from tests.web_server import Server, behind

LATER = {
    "error": "Too Many Requests",
    "message": "Too many requests, please try again later",
    "retryAfter": 5,
}
BUSY = {
    "error": "The server is busy with other uploads and copies, please try again",
    "code": "SERVER_BUSY",
}


@pytest.fixture
def hold():
    """Hold as many places of a person until the test ends."""
    with ExitStack() as held:
        yield lambda person, count: [held.enter_context(place(person)) for _ in range(count)]


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def upload_to(session):
    file = SimpleUploadedFile("a.jpg", picture(1))
    return f"/api/sessions/{session.pk}/media", {"files": [file]}


def save_of(share):
    return f"/api/community/sessions/{share.pk}/save", None


def share_of(session):
    return f"/api/sessions/{session.pk}/community-share", {}


@pytest.mark.parametrize("kind", ["save", "upload", "share"])
@pytest.mark.parametrize("whose", ["one's own", "everybody's"])
def test_without_a_place_nothing_is_begun_and_nothing_charged(share, saver, hold, kind, whose):
    session = make_session(saver, slides=1)
    path, body = {
        "save": save_of(share),
        "upload": upload_to(session),
        "share": share_of(session),
    }[kind]
    if whose == "one's own":
        hold(saver, 4)
    else:
        for number in range(4):
            hold(make_person(f"other {number}"), 2)
    options = {"content_type": "application/json"} if kind != "upload" else {}
    answer = signed_in(saver).post(path, body, **options)
    expected = (429, LATER) if whose == "one's own" else (503, BUSY)
    assert (answer.status_code, answer.json(), answer["Retry-After"]) == (*expected, "5")
    assert saver.library.get() == session
    assert session.media.count() == 1
    assert not hasattr(session, "community_share")
    assert balance_of(saver) == 50


def test_sharing_by_a_change_takes_a_place_and_other_changes_none(author, saver, hold):
    session = make_session(saver, slides=1)
    hold(saver, 4)

    def change(**changes):
        answer = signed_in(saver).patch(
            f"/api/sessions/{session.pk}", changes, content_type="application/json"
        )
        return answer.status_code

    assert change(title="Other", shareToCommunity=True) == 429
    assert change(title="Other") == 200


def test_the_others_have_places_of_their_own(share, author, saver, save, hold):
    hold(author, 4)
    assert save(share, saver)[0] == 200


def test_with_0_one_person_may_hold_every_place(share, saver, save, hold, settings):
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON = 0
    hold(saver, 7)
    assert save(share, saver)[0] == 200
    hold(saver, 1)
    assert save(make_share(share.session.owner), saver) == (503, BUSY)


def test_a_place_is_free_again_when_its_request_has_ended(proxy, share, saver, save, hold):
    hold(saver, 3)
    proxy.fail_copies(403)
    assert [save(share, saver)[0] for _ in range(3)] == [503] * 3
    proxy.rules.clear()
    assert save(share, saver)[0] == 200


def test_a_repeat_needs_no_place(share, saver, save, hold):
    first = save(share, saver)[1]
    hold(saver, 4)
    assert save(share, saver) == (200, first | {"reused": True})


def test_a_repeat_without_a_place_leaves_a_dead_copy_to_a_later_one(share, saver, save):
    session = begin(share, saver)
    let_the_lease_run_out(session)
    expected = (200, {"success": True, "sessionId": session.pk, "reused": True})
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(place(saver))
        assert save(share, saver) == expected
    assert saver.library.get().media_status == "copying"
    assert save(share, saver) == expected
    assert saver.library.get().media_status == "ready"


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize("limit", [1, 10])
def test_repeats_at_once_share_a_place(share, saver, settings, limit, attempt):
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON = limit
    clients = [signed_in(saver) for _ in range(6)]
    path, _ = save_of(share)
    answers = all_at_once(*[lambda client=client: client.post(path) for client in clients])
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sorted(answer.json()["reused"] for answer in answers) == [False] + [True] * 5
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


@pytest.mark.races
@pytest.mark.parametrize("limit", [2, 10])
def test_of_different_saves_at_once_exactly_the_200s_are_charged(
    proxy, share, author, saver, settings, limit
):
    settings.MAX_MEDIA_REQUESTS_OF_ONE_PERSON, settings.WEB_THREADS = limit, 40
    shares = [make_share(author, slides=2) for _ in range(8)]
    clients = [signed_in(saver) for _ in shares]
    proxy.delay = 0.5
    answers = all_at_once(
        *[
            lambda client=client, share=share: client.post(save_of(share)[0])
            for client, share in zip(clients, shares, strict=True)
        ]
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == ({200, 429} if limit == 2 else {200, 402})
    saved = statuses.count(200)
    assert saved == 5 if limit == 10 else 2 <= saved <= 5
    assert CreditTransaction.objects.filter(kind="charge").count() == saved
    assert balance_of(saver) == 50 - 10 * saved
    check_ledger()
    check_objects()


@pytest.fixture
def server(proxy, transactional_db):
    server = Server(WEB_THREADS="8", **behind(proxy))  # four places
    yield server
    server.kill()


def cookie_of(person):
    return signed_in(person).cookies["session"].value


def half_an_upload(server, session, cookie):
    """Its connection: the headers promise a long body that does not come."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", f"/api/sessions/{session.pk}/media")
    connection.putheader("Cookie", f"session={cookie}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "10000000")
    connection.endheaders()
    return connection


@pytest.mark.kills
def test_with_one_person_at_the_limit_and_the_store_stalled_others_are_served(
    server, proxy, share, author, saver
):
    session = make_session(saver, slides=0)
    shares = [make_share(author, slides=2) for _ in range(8)]
    cookie, other = cookie_of(saver), cookie_of(make_person("other"))
    proxy.fail_copies("hang")
    proxy.forget()
    uploads = [half_an_upload(server, session, cookie) for _ in range(2)]
    time.sleep(1)
    with ThreadPoolExecutor(8) as pool:
        saves = [pool.submit(server.post, save_of(share)[0], cookie) for share in shares]
        deadline = time.monotonic() + 20
        while sum(save.done() for save in saves) < 6 and time.monotonic() < deadline:
            time.sleep(0.05)
        answered = [save.result() for save in saves if save.done()]
        assert answered == [(429, LATER)] * 6
        refused = half_an_upload(server, session, cookie)
        assert refused.getresponse().status == 429
        for _ in range(5):
            started = time.monotonic()
            asking = HTTPConnection("127.0.0.1", server.port, timeout=20)
            asking.request("GET", "/api/community", headers={"Cookie": f"session={other}"})
            assert asking.getresponse().status == 200
            assert time.monotonic() - started < 3
            asking.close()
        server.kill()
    for connection in [*uploads, refused]:
        connection.close()
