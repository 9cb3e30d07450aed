"""Signing in and out, and whose pages may ask."""

import pytest
from django.test import Client

from tests.factories import make_person

PASSWORD = "a-long-walk-by-the-sea"


@pytest.fixture
def member(transactional_db):
    return make_person("ines@example.org", password=PASSWORD, balance=42)


def login(client, username, password, **headers):
    return client.post(
        "/api/auth/login",
        {"username": username, "password": password},
        content_type="application/json",
        headers=headers,
    )


def test_signing_in_answers_with_the_user_and_a_session_cookie(member):
    client = Client()
    answer = login(client, member.username, PASSWORD)
    user = {
        "id": member.pk,
        "displayName": f"Member {member.pk}",
        "isStaff": False,
        "isPremium": False,
        "balance": 42,
    }
    assert (answer.status_code, answer.json()) == (200, user)
    cookie = answer.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 604800)
    assert client.get("/api/auth/user").json() == user


@pytest.mark.parametrize("password", ["wrong", PASSWORD + " ", "nul\x00"[:3]])
def test_a_wrong_password_is_unauthorized(member, password):
    answer = login(Client(), member.username, password)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_an_unknown_or_inactive_person_is_unauthorized(member):
    assert login(Client(), "nobody", PASSWORD).status_code == 401
    member.is_active = False
    member.save()
    assert login(Client(), member.username, PASSWORD).status_code == 401


def test_signing_out_ends_the_session(member):
    client = Client()
    login(client, member.username, PASSWORD)
    assert client.post("/api/auth/logout").json() == {"success": True}
    answer = client.get("/api/auth/user")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize("cookie", [r'"\000\000\000aaaaaaaaa"', "'; --aaaaaa", "ü" * 32, ""])
def test_a_cookie_that_is_no_key_is_unauthorized(member, cookie):
    answer = Client().get("/api/auth/user", headers={"cookie": f"session={cookie}"})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


OURS = "http://testserver"
TRUSTED = "https://app.example.org"
PASS, REFUSE = 200, 403


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, PASS),
        ({"origin": OURS}, PASS),
        ({"origin": TRUSTED}, PASS),
        ({"origin": TRUSTED, "sec-fetch-site": "cross-site"}, PASS),
        ({"sec-fetch-site": "same-origin"}, PASS),
        ({"sec-fetch-site": "same-origin", "origin": OURS}, PASS),
        ({"sec-fetch-site": "none"}, PASS),
        ({"sec-fetch-site": "cross-site"}, REFUSE),
        ({"sec-fetch-site": "same-site", "origin": "http://blog.testserver"}, REFUSE),
        ({"sec-fetch-site": "junk"}, REFUSE),
        ({"sec-fetch-site": ""}, REFUSE),
        ({"origin": "https://evil.example"}, REFUSE),
        ({"origin": "null"}, REFUSE),
        ({"origin": ""}, REFUSE),
        ({"origin": "https://testserver"}, REFUSE),
        ({"origin": "http://testserver:81"}, REFUSE),
    ],
    ids=str,
)
def test_browsers_are_held_to_our_own_origin(member, share, settings, headers, expected):
    settings.CSRF_TRUSTED_ORIGINS = [TRUSTED]
    client = Client(enforce_csrf_checks=True)
    assert login(client, member.username, PASSWORD, **headers).status_code == expected
    client.force_login(member)
    answer = client.post(f"/api/community/sessions/{share.pk}/save", headers=headers)
    assert answer.status_code == expected
    assert client.get("/api/auth/user", headers=headers).status_code == PASS
    if expected == REFUSE:
        assert answer.json() == {"message": "Cross-origin request refused", "code": "CROSS_ORIGIN"}
        assert not member.library.exists()


def test_a_scheme_told_by_a_proxy_is_believed_only_if_proxies_are_trusted(member, share, settings):
    headers = {
        "host": "testserver",
        "origin": "https://testserver",
        "x-forwarded-proto": "https",
    }
    assert login(Client(), member.username, PASSWORD, **headers).status_code == REFUSE
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert login(Client(), member.username, PASSWORD, **headers).status_code == PASS
