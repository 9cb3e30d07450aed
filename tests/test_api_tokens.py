"""Programs use the API for a person with a token, and do nothing else with it."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.ledger import balance_of
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import edit_person
from joip.api_tokens.models import ApiToken
from joip.api_tokens.tokens import MAX_TOKENS, forget_expired_tokens, make_token
from joip.users.models import User
from tests.factories import make_person, make_session, make_share, set_price

PASSWORD = "a-long-walk-by-the-sea"
UNAUTHORIZED = (401, {"message": "Unauthorized"})


@pytest.fixture
def ines(transactional_db):
    set_price(10)
    return make_person("ines", password=PASSWORD, balance=50)


@pytest.fixture
def browser(ines):
    """Of Ines, who has signed in."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ines)
    return browser


def program(person, scope="write", **fields):
    """A client with a new token of this person, and no cookies."""
    token, secret = make_token(user=person, name="Photo frame", scope=scope, **fields)
    client = bearer(secret)
    client.token = token
    return client


def bearer(secret):
    return Client(headers={"authorization": f"Bearer {secret}"})


def ask(client, method, path, body=None, **more):
    answer = getattr(client, method)(path, body or {}, "application/json", **more)
    return answer.status_code, answer.json() if answer.content else None


def sign_in_page_says(client, path="/account/tokens", method="get", **fields):
    return getattr(client, method)(path, fields)


def make(browser, **fields):
    page = sign_in_page_says(browser).content.decode()
    csrf = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    asked = {"name": "Photo frame", "scope": "read", "days": "30", "csrfmiddlewaretoken": csrf}
    return browser.post("/account/tokens", asked | fields)


def test_a_token_is_made_on_its_page_which_shows_the_secret_once(browser, ines):
    page = make(browser, scope="write")
    (secret,) = re.findall("joip_[A-Za-z0-9_-]{43}", page.content.decode())
    token = ines.api_tokens.get()
    assert (token.name, token.scope, token.expires_at - token.created_at) == (
        "Photo frame",
        "write",
        pytest.approx(timedelta(days=30), abs=timedelta(minutes=1)),
    )
    assert secret not in sign_in_page_says(browser).content.decode()
    assert secret not in str(ApiToken.objects.values())
    assert "no-store" in page["Cache-Control"]
    assert bearer(secret).get("/api/auth/user").json()["id"] == ines.pk


@pytest.mark.parametrize("fields", [{"name": ""}, {"scope": "all"}, {"days": "400"}])
def test_what_cannot_be_a_token_is_said_on_the_page(browser, ines, fields):
    assert make(browser, **fields).status_code == 400
    assert not ines.api_tokens.exists()


def test_a_token_may_have_no_end(browser, ines):
    make(browser, days="")
    assert ines.api_tokens.get().expires_at is None


def test_a_person_has_20_tokens_at_most(browser, ines):
    for _ in range(MAX_TOKENS):
        make_token(user=ines, name="Photo frame", scope="read")
    page = make(browser)
    assert (page.status_code, ines.api_tokens.count()) == (409, MAX_TOKENS)
    assert "You have 20 tokens: revoke one first" in page.content.decode()


def test_a_session_is_saved_with_a_token_exactly_as_with_a_cookie(ines):
    share = make_share(make_person("author"), slides=1)
    path = f"/api/community/sessions/{share.pk}/save"
    status, first = ask(program(ines), "post", path)
    assert (status, first) == (
        200,
        {"success": True, "sessionId": ines.library.get().pk, "reused": False},
    )
    assert ask(program(ines), "post", path) == (200, first | {"reused": True})
    assert balance_of(ines) == 40


def test_a_token_that_reads_changes_nothing(ines):
    session = make_session(ines, slides=0)
    reader, path = program(ines, scope="read"), f"/api/sessions/{session.pk}"
    assert ask(reader, "get", path)[0] == 200
    refused = (403, {"message": "This token may only read", "code": "READ_ONLY_TOKEN"})
    assert ask(reader, "patch", path, {"title": "Lakes"}) == refused
    assert ask(reader, "delete", path) == refused
    assert ask(program(ines), "patch", path, {"title": "Lakes"})[0] == 200


@pytest.mark.parametrize("junk", ["", "junk", "joip_" + "a" * 43, "joip_\u00fc", "a b", "x" * 5000])
def test_a_wrong_token_is_401_with_a_cookie_too(browser, ines, junk):
    header = {"authorization": f"Bearer {junk}"}
    assert ask(browser, "get", "/api/sessions", headers=header) == UNAUTHORIZED
    assert ask(Client(), "get", "/api/sessions", headers=header) == UNAUTHORIZED


def test_an_expired_and_a_revoked_token_are_401(browser, ines):
    expired = program(ines, expires_at=timezone.now())
    revoked = program(ines)
    assert ask(revoked, "get", "/api/sessions")[0] == 200
    page = sign_in_page_says(browser).content.decode()
    csrf = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    address = f"/account/tokens/{revoked.token.pk}/revoke"
    assert sign_in_page_says(browser, address, "post").status_code == 403
    assert browser.post(address, {"csrfmiddlewaretoken": csrf}).status_code == 302
    for client in (expired, revoked):
        assert ask(client, "get", "/api/sessions") == UNAUTHORIZED


def test_nobody_revokes_the_token_of_another(ines):
    token = program(make_person("friend")).token
    browser = Client()
    browser.force_login(ines)
    assert browser.post(f"/account/tokens/{token.pk}/revoke").status_code == 404
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_the_account_is_changed_signed_in_only(ines):
    client = program(ines)
    told = {"message": "This needs a sign-in: a token is not enough", "code": "SIGN_IN_REQUIRED"}
    password = {"currentPassword": PASSWORD, "newPassword": f"not-{PASSWORD}"}
    for method, path, body in [
        ("post", "password", password),
        ("delete", "user", {"password": PASSWORD}),
        ("patch", "user", {"displayName": "Ida"}),
        ("post", "logout", {}),
    ]:
        assert ask(client, method, f"/api/auth/{path}", body) == (403, told), path


def test_a_token_opens_no_page_and_nothing_of_staff(ines):
    User.objects.update(is_staff=True, is_superuser=True)
    hidden = make_share(make_person("author"), slides=0)
    type(hidden).objects.update(hidden_at=timezone.now())
    client = program(ines)
    for path in ("/account/tokens", "/library", "/admin/"):
        assert client.get(path).status_code == 302, path
    assert ask(client, "get", f"/api/community/sessions/{hidden.pk}")[0] == 404
    assert ask(client, "get", "/api/auth/user")[1]["isStaff"] is False


def test_no_origin_is_asked_for_and_no_cookie_is_read_or_sent(ines, browser):
    friend = make_person("friend")
    _, secret = make_token(user=friend, name="Photo frame", scope="write")
    headers = {
        "authorization": f"bearer {secret}",
        "origin": "https://elsewhere.example",
        "sec-fetch-site": "cross-site",
    }
    body = {"title": "Lakes"}
    answer = browser.post("/api/sessions", body, "application/json", headers=headers)
    assert (answer.status_code, answer.json()["userId"]) == (201, friend.pk)
    assert not answer.cookies


def test_the_last_use_is_written_once_a_minute(ines):
    client = program(ines)
    for written in (1, 0):
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/sessions")
        assert sum(q["sql"].startswith("UPDATE") for q in captured) == written
    assert timezone.now() - ines.api_tokens.get().last_used_at < timedelta(minutes=1)
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/sessions")
    assert sum(q["sql"].startswith("UPDATE") for q in captured) == 1


def test_requests_with_tokens_count_for_the_person_and_wrong_tokens_for_the_address(ines, settings):
    settings.RATE_LIMIT_MEMBER_REQUESTS, settings.RATE_LIMIT_REQUESTS = 3, 2
    for client in (program(ines), program(ines), program(ines)):
        assert ask(client, "get", "/api/sessions")[0] == 200
    assert ask(program(ines), "get", "/api/sessions")[0] == 429
    for n in range(3):
        status, _ = ask(bearer(f"joip_{n:043}"), "get", "/api/sessions")
        assert status == (401 if n < 2 else 429)


def test_tokens_of_deactivated_and_deleted_people_are_dead_and_gone(ines):
    client = program(ines)
    edit_person(person=ines, is_active=False)
    assert ask(client, "get", "/api/sessions") == UNAUTHORIZED
    edit_person(person=ines, is_active=True)
    assert ask(client, "get", "/api/sessions") == UNAUTHORIZED
    client = program(ines)
    delete_account(user=ines)
    assert ask(client, "get", "/api/sessions") == UNAUTHORIZED
    assert not ApiToken.objects.exists()


def test_a_new_password_does_not_end_tokens(ines, browser):
    client = program(ines)
    body = {"currentPassword": PASSWORD, "newPassword": f"not-{PASSWORD}"}
    assert ask(browser, "post", "/api/auth/password", body)[0] == 200
    assert ask(client, "get", "/api/sessions")[0] == 200


def test_expired_tokens_are_forgotten_after_a_month(ines):
    for days in (-29, -31, 1):
        program(ines, expires_at=timezone.now() + timedelta(days=days))
    assert forget_expired_tokens() == 1


def test_staff_revoke_tokens_and_never_see_secrets(ines, admin_client, caplog):
    token = program(ines).token
    listed = admin_client.get("/admin/api_tokens/apitoken/").content.decode()
    shown = admin_client.get(f"/admin/api_tokens/apitoken/{token.pk}/change/").content.decode()
    assert "Photo frame" in listed
    assert token.secret_hash not in listed + shown
    admin_client.post(f"/admin/api_tokens/apitoken/{token.pk}/delete/", {"post": "yes"})
    assert not ApiToken.objects.exists()
    staff = User.objects.get(is_staff=True)
    told = (
        f"event=token-revoked person={ines.pk} address=127.0.0.1 token={token.pk} staff={staff.pk}"
    )
    assert told in [record.getMessage() for record in caplog.records]


def test_the_security_log_tells_what_became_of_a_token(ines, browser, caplog):
    make(browser)
    ask(bearer("junk"), "get", "/api/sessions")
    told = [record.getMessage() for record in caplog.records if record.name == "joip.security"]
    token = ines.api_tokens.get()
    assert (
        f"event=token-made person={ines.pk} address=127.0.0.1 token={token.pk} scope=read" in told
    )
    assert "event=wrong-token person=- address=127.0.0.1" in told
    assert urlencode({"": token.secret_hash}) not in str(told)
