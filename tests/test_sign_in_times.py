"""How long a sign-in lasts: a day for staff, seven days of disuse for others."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as SignIn
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_person

PASSWORD = "a-long-walk-by-the-sea"


@pytest.fixture
def let_pass(monkeypatch):
    real_now, passed = timezone.now, timedelta()

    def let_pass(**time):
        nonlocal passed
        passed += timedelta(**time)
        monkeypatch.setattr(timezone, "now", lambda: real_now() + passed)

    return let_pass


@pytest.fixture
def member(transactional_db):
    return make_person("ines", password=PASSWORD)


@pytest.fixture
def staff(transactional_db):
    return make_person("staff", password=PASSWORD, is_staff=True)


def signed_in(person):
    client = Client()
    body = {"username": person.username, "password": PASSWORD}
    assert client.post("/api/auth/login", body, "application/json").status_code == 200
    return client


def is_signed_in(client):
    return client.get("/api/auth/user").status_code == 200


def test_a_member_stays_signed_in_for_a_week_after_each_use(member, let_pass):
    client = signed_in(member)
    for _ in range(4):
        let_pass(days=6, hours=23)
        assert is_signed_in(client)
    assert client.cookies["session"]["max-age"] == 604_800
    let_pass(days=7, seconds=1)
    assert not is_signed_in(client)


def test_using_it_writes_the_session_once_a_day(member, let_pass):
    client = signed_in(member)
    let_pass(days=1)
    written = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            assert is_signed_in(client)
        written.append(sum('UPDATE "django_session"' in query["sql"] for query in captured))
    assert written == [1, 0, 0]


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_stay_signed_in_for_a_day_however_much_they_do(member, let_pass, fields):
    type(member).objects.update(**fields)
    client = signed_in(member)
    assert client.cookies["session"]["max-age"] in (86_399, 86_400)
    for _ in range(3):
        let_pass(hours=7, minutes=59)
        assert is_signed_in(client)
    let_pass(minutes=4)
    assert not is_signed_in(client)


def test_signing_in_to_the_admin_lasts_a_day_too(staff, let_pass):
    client = Client()
    client.post("/accounts/login/", {"username": "staff", "password": PASSWORD})
    let_pass(hours=23)
    assert client.get("/admin/").status_code == 200
    let_pass(hours=1)
    assert client.get("/admin/").status_code == 302


def test_signing_in_again_begins_another_day(staff, let_pass):
    client = signed_in(staff)
    let_pass(hours=20)
    body = {"username": "staff", "password": PASSWORD}
    client.post("/api/auth/login", body, "application/json")
    let_pass(hours=20)
    assert is_signed_in(client)


def test_whoever_becomes_staff_signs_in_again_after_a_day(member, let_pass):
    client = signed_in(member)
    let_pass(hours=23)
    assert is_signed_in(client)
    type(member).objects.update(is_staff=True)
    assert is_signed_in(client)
    let_pass(hours=1)
    assert not is_signed_in(client)


def test_an_old_sign_in_of_whoever_becomes_staff_ends_at_once(member, let_pass):
    client = signed_in(member)
    let_pass(days=3)
    assert is_signed_in(client)
    type(member).objects.update(is_staff=True)
    assert not is_signed_in(client)
    assert not SignIn.objects.exists()


def test_whoever_is_staff_no_more_stays_signed_in_like_others(staff, let_pass):
    client = signed_in(staff)
    let_pass(hours=12)
    type(staff).objects.update(is_staff=False)
    for _ in range(2):
        assert is_signed_in(client)
        let_pass(days=6)
    assert is_signed_in(client)


def test_a_new_password_does_not_prolong_the_day_of_staff(staff, let_pass):
    client = signed_in(staff)
    let_pass(hours=23)
    body = {"currentPassword": PASSWORD, "newPassword": "over-hill-and-dale"}
    assert client.post("/api/auth/password", body, "application/json").status_code == 200
    assert is_signed_in(client)
    let_pass(hours=1)
    assert not is_signed_in(client)


def test_the_cron_line_clears_expired_sign_ins(member, staff, let_pass):
    clients = [signed_in(member), signed_in(staff)]
    let_pass(days=1, hours=1)
    call_command("clear_expired")
    assert [is_signed_in(client) for client in clients] == [True, False]
    assert SignIn.objects.count() == 1
    let_pass(days=8)
    call_command("clear_expired")
    assert not SignIn.objects.exists()
