"""What a served process answers while the database is down, and once it is back."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from uuid import UUID

import pytest
from django.db import connection

from tests.database_relay import DatabaseRelay
from tests.web_server import Server

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
BUSY = {"error": "The database is busy, please try again", "code": "DATABASE_BUSY"}


@pytest.fixture
def relay(transactional_db):
    relay = DatabaseRelay()
    yield relay
    relay.stop()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def server(relay, log):
    with log.open("w") as file:
        server = Server(log=file, DATABASE_URL=relay.url)
    yield server
    server.kill()


@pytest.fixture
def save_40(share, saver, client):
    """Save 40 times over HTTP, 4 at once: the statuses."""
    client.force_login(saver)
    cookie = client.cookies["session"].value
    path = f"/api/community/sessions/{share.pk}/save"

    def save_40(server):
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda _: server.post(path, cookie), range(40))
            return [status for status, _ in answers]

    return save_40


def count(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


OF_THE_SERVER = "FROM pg_stat_activity WHERE application_name = 'served'"


def test_connections_that_the_database_closes_cost_no_request(save_40):
    server = Server(PGAPPNAME="served")
    try:
        assert save_40(server) == [200] * 40
        assert count(f"SELECT count(pg_terminate_backend(pid)) {OF_THE_SERVER}") > 1
        while count(f"SELECT count(*) {OF_THE_SERVER}"):
            time.sleep(0.01)
        assert save_40(server) == [200] * 40
    finally:
        server.kill()


@pytest.mark.parametrize("asked_meanwhile", [False, True])
def test_a_database_that_is_back_after_a_restart_costs_no_request(
    server, save_40, relay, asked_meanwhile
):
    assert save_40(server) == [200] * 40
    relay.stop()
    if asked_meanwhile:
        assert save_40(server) == [503] * 40
    relay.start()
    assert save_40(server) == [200] * 40


def test_while_the_database_is_down_everybody_is_told_within_5_seconds(server, relay, log):
    def get(path, timeout=5):
        asking = HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        asking.request("GET", path, headers={"Cookie": f"session={'a' * 32}"})
        answer = asking.getresponse()
        body = answer.read()
        asking.close()
        return answer.status, answer.headers, body

    get("/", timeout=30)  # now it has started
    relay.stop()
    with ThreadPoolExecutor(40) as pool:
        for status, headers, body in pool.map(get, ["/api/community"] * 40):
            assert (status, headers["Retry-After"], json.loads(body)) == (503, "5", BUSY)
    for path in ["/admin/", f"/shared/{UUID(int=0)}"]:
        status, headers, body = get(path)
        assert (status, headers["Retry-After"]) == (503, "5")
        assert headers["Content-Type"].startswith("text/html")
        assert b"not available" in body
    assert "database unavailable: GET /admin/: " in log.read_text()
    assert "Connection refused" in log.read_text()
    assert "Traceback" not in log.read_text()
