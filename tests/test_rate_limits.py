"""How much one person or address may ask in a window, and what they are told."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from joip.accounts.models import AttemptCount
from joip.users.models import User
from tests.factories import make_person
from tests.servers import free_port
from tests.threads import all_at_once

LIMIT, MEMBER_LIMIT, PAGES, SIGNUPS = 4, 6, 3, 2
TOO_MANY = {
    "error": "Too Many Requests",
    "message": "Too many requests, please try again later",
    "retryAfter": 600,
}


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RATE_LIMIT_REQUESTS = LIMIT
    settings.RATE_LIMIT_MEMBER_REQUESTS = MEMBER_LIMIT
    settings.RATE_LIMIT_PAGES = PAGES
    settings.RATE_LIMIT_SIGNUPS = SIGNUPS
    settings.RATE_LIMIT_SECONDS = 900
    cache.clear()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Ten minutes before the end of a window, until it is set to something else."""
    clock = SimpleNamespace(now=900 * 2_000_000 - 600)
    monkeypatch.setattr("joip.api.rate_limits.time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
def ask(client):
    def ask(address="203.0.113.7", **headers):
        return client.get("/api/nothing", headers=headers, REMOTE_ADDR=address)

    return ask


def limits(answer):
    return {name: value for name, value in answer.items() if name.startswith(("X-Rate", "Retry"))}


def test_every_answer_tells_what_is_left(client, db):
    asked = [
        ("get", "/api/nothing", 404),
        ("get", "/api/auth/user", 401),
        ("options", "/api/auth/login", 200),
        ("head", "/api/docs", 200),
    ]
    for number, (method, path, status) in enumerate(asked, start=1):
        answer = getattr(client, method)(path)
        assert answer.status_code == status, path
        assert limits(answer) == {
            "X-RateLimit-Limit": "4",
            "X-RateLimit-Remaining": str(LIMIT - number),
            "X-RateLimit-Reset": "2027-01-15T08:00:00Z",
        }


def test_one_request_too_many_is_told_when_to_come_again(ask, clock):
    for _ in range(LIMIT):
        assert ask().status_code == 404
    clock.now += 0.5
    answer = ask()
    assert (answer.status_code, answer.json()) == (429, TOO_MANY)
    assert answer["Content-Type"] == "application/json"
    assert limits(answer) == {
        "X-RateLimit-Limit": "4",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2027-01-15T08:00:00Z",
        "Retry-After": "600",
    }


def test_the_next_window_begins_anew(ask, clock):
    for _ in range(LIMIT + 3):
        ask()
    clock.now += 599.9
    answer = ask()
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    clock.now += 0.1
    answer = ask()
    assert (answer.status_code, answer["X-RateLimit-Remaining"]) == (404, str(LIMIT - 1))
    assert answer["X-RateLimit-Reset"] == "2027-01-15T08:15:00Z"


@pytest.fixture
def ines(transactional_db):
    return make_person("ines")


def signed_in(person, **more):
    client = Client(**more)
    client.force_login(person)
    return client


def left_for(client, path="/api/nothing", **more):
    return int(client.get(path, **more)["X-RateLimit-Remaining"])


def test_somebody_signed_in_is_counted_for_themselves_wherever_they_are(ines, ask):
    left = [
        left_for(signed_in(ines), "/api/auth/user", REMOTE_ADDR=f"203.0.113.{number}")
        for number in range(3)
    ]
    assert left == [MEMBER_LIMIT - 1, MEMBER_LIMIT - 2, MEMBER_LIMIT - 3]
    assert left_for(signed_in(make_person("theo"))) == MEMBER_LIMIT - 1
    assert left_for(Client()) == LIMIT - 1


def test_members_are_refused_beyond_their_own_limit(ines):
    client = signed_in(ines)
    statuses = [client.get("/api/auth/user").status_code for _ in range(MEMBER_LIMIT + 1)]
    assert statuses == [200] * MEMBER_LIMIT + [429]
    assert client.get("/api/auth/user").json() == TOO_MANY
    assert left_for(Client()) == LIMIT - 1


def test_a_sign_in_that_has_ended_counts_for_the_address(ines):
    client = signed_in(ines)
    ines.set_password("over-hill-and-dale")
    ines.save()
    assert left_for(client, "/api/auth/user") == LIMIT - 1
    assert left_for(Client(headers={"cookie": "session=junk"})) == LIMIT - 2


def test_members_are_not_counted_where_their_limit_is_0(ines, settings):
    settings.RATE_LIMIT_MEMBER_REQUESTS = 0
    assert limits(signed_in(ines).get("/api/auth/user")) == {}
    assert left_for(Client()) == LIMIT - 1


def out_of_order(*query):
    raise OperationalError("out of order")


def test_a_database_that_fails_is_503_for_members_too(ines):
    client = signed_in(ines)
    with connection.execute_wrapper(out_of_order):
        answer = client.get("/api/auth/user")
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_BUSY")


@pytest.mark.django_db
def test_pages_are_counted_apart_and_refused_with_a_page(client, ask, clock):
    for _ in range(PAGES):
        answer = client.get("/nothing")
        assert (answer.status_code, limits(answer)) == (404, {})
    clock.now += 30
    answer = client.get("/")
    assert (answer.status_code, limits(answer)) == (429, {"Retry-After": "570"})
    assert "Please try again in 10 minutes." in answer.content.decode()
    assert ask("127.0.0.1").status_code == 404
    assert client.get("/", REMOTE_ADDR="203.0.113.8").status_code == 200
    clock.now += 570
    assert client.get("/").status_code == 200


def test_pages_of_somebody_signed_in_are_counted_by_person(ines):
    for client in (signed_in(ines), signed_in(ines, REMOTE_ADDR="203.0.113.8")):
        statuses = [client.get("/library").status_code for _ in range(PAGES - 1)]
    assert statuses == [200, 429]
    assert Client().get("/").status_code == 200


@pytest.mark.django_db
def test_media_and_static_files_are_no_pages(client):
    for _ in range(PAGES + 1):
        assert client.get("/media/general/nothing").status_code == 404
        assert client.get("/static/nothing").status_code == 404
    assert client.get("/").status_code == 200


@pytest.mark.django_db
def test_pages_are_not_limited_where_the_limit_is_0(client, settings):
    settings.RATE_LIMIT_PAGES = 0
    assert {client.get("/").status_code for _ in range(PAGES + 1)} == {200}


def sign_up(name, address="203.0.113.7", password="a-long-walk-by-the-sea"):
    body = {"username": name, "password": password}
    return Client().post("/api/auth/register", body, "application/json", REMOTE_ADDR=address)


def test_a_few_people_sign_up_from_one_address_in_an_hour(transactional_db, settings):
    settings.RATE_LIMIT_REQUESTS = 0
    assert [sign_up("ines").status_code, sign_up("ines").status_code] == [201, 400]
    answer = sign_up("theo")
    seconds = int(answer["Retry-After"])
    assert (answer.status_code, answer.json()) == (429, TOO_MANY | {"retryAfter": seconds})
    assert 60 < seconds <= 3600
    assert sign_up("noor", address="203.0.113.8").status_code == 201
    AttemptCount.objects.update(window_ends_at=datetime.now(UTC))
    assert sign_up("theo").status_code == 201


def test_of_many_who_sign_up_at_once_exactly_the_limit_do(transactional_db, settings):
    settings.RATE_LIMIT_REQUESTS = 0
    deeds = [lambda n=n: sign_up(f"person-{n}").status_code for n in range(6)]
    assert sorted(all_at_once(*deeds)) == [201] * SIGNUPS + [429] * (6 - SIGNUPS)
    assert User.objects.count() == SIGNUPS


def test_sign_ups_are_not_limited_where_the_limit_is_0(transactional_db, settings):
    settings.RATE_LIMIT_SIGNUPS = settings.RATE_LIMIT_REQUESTS = 0
    assert {sign_up(f"person-{n}").status_code for n in range(SIGNUPS + 1)} == {201}


def test_without_a_limit_nothing_is_counted(ask, settings):
    settings.RATE_LIMIT_REQUESTS = 0
    assert limits(ask()) == {}


def left(answer):
    return LIMIT - int(answer["X-RateLimit-Remaining"])


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::8", True),  # the network of one client
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "junk\x00 " + "x" * 500, True),
    ],
)
def test_an_address_is_counted_for_itself(ask, first, second, same):
    assert left(ask(first)) == 1
    assert left(ask(second)) == (2 if same else 1)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, ["198.51.100.1", "198.51.100.2"], 2),  # nobody of ours wrote it
        (1, ["198.51.100.1", "198.51.100.2"], 1),
        (1, ["198.51.100.1, 198.51.100.9", "198.51.100.2, 198.51.100.9"], 2),
        (2, ["198.51.100.1, 198.51.100.9", "198.51.100.2, 198.51.100.9"], 1),
    ],
)
def test_a_forwarded_address_counts_as_far_as_proxies_are_trusted(
    ask, settings, proxies, forwarded, counted
):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    answers = [ask(**{"x-forwarded-for": addresses}) for addresses in forwarded]
    assert left(answers[-1]) == counted


@pytest.mark.parametrize(
    "forwarded",
    [
        ["203.0.113.10", "203.0.113.10:50001", "203.0.113.10:50002", " 203.0.113.10 "],
        ["2001:db8::1", "[2001:db8::1]:5000", "[2001:db8::1]:5001", "[2001:db8::1]"],
        ["203.0.113.10", "::ffff:203.0.113.10", "[::ffff:203.0.113.10]:5000", "::ffff:cb00:710a"],
        ["", "junk", "unknown", "203.0.113.010", "[junk]:80", "203.0.113.10:port", "_hidden"],
    ],
    ids=["ports", "brackets", "IPv4 in IPv6", "junk"],
)
def test_one_client_stays_one_however_a_proxy_writes_its_address(ask, settings, forwarded):
    settings.RATE_LIMIT_REQUESTS = 100
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    answers = [ask(**{"x-forwarded-for": address}) for address in forwarded]
    assert int(answers[-1]["X-RateLimit-Remaining"]) == 100 - len(forwarded)


def test_of_many_at_once_exactly_the_limit_pass(transactional_db):
    answers = all_at_once(*[lambda: Client().get("/api/nothing").status_code] * 12)
    assert sorted(answers) == [404] * LIMIT + [429] * (12 - LIMIT)


def test_a_cache_that_fails_holds_nobody_back(ask, settings, caplog):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}",
        }
    }
    for _ in range(LIMIT + 1):
        assert ask().status_code == 404
    assert "not counted, since the cache fails" in caplog.text


# Counts one request in a process of its own.
ELSEWHERE = """
import sys, django
from django.conf import settings
django.setup()
settings.CACHES["default"] = {
    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": sys.argv[1]
}
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
print(Client().get("/api/nothing")["X-RateLimit-Remaining"])
"""


def test_processes_with_a_shared_cache_count_together(client, settings, tmp_path):
    settings.RATE_LIMIT_SECONDS = 10**9  # the clock of the other process goes on
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": tmp_path,
        }
    }
    assert left(client.get("/api/nothing")) == 1
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, tmp_path],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "joip.settings",
            "RATE_LIMIT_REQUESTS": str(LIMIT),
            "RATE_LIMIT_SECONDS": str(settings.RATE_LIMIT_SECONDS),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert elsewhere.stdout.strip() == str(LIMIT - 2), elsewhere.stderr
    assert left(client.get("/api/nothing")) == 3
