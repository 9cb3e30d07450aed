"""A second factor: turned on by its owner, asked for on every way in, removed by staff."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.test import Client

from joip.accounts.deletion import delete_account
from joip.accounts.guesses import MAX_CODES
from joip.accounts.models import AttemptCount
from joip.users.models import User
from tests.factories import make_person
from tests.test_account_pages import NEW_PASSWORD, PASSWORD, signed_in
from tests.test_pages import text_of
from tests.test_security_log import lines  # noqa: F401  # a fixture

CODE_PAGE = "/accounts/2fa/authenticate/"
REQUIRED = {
    "error": "This account has a second factor: its code, or a recovery code, is needed",
    "code": "SECOND_FACTOR_REQUIRED",
}


@pytest.fixture
def ada(transactional_db):
    return make_person("ada", password=PASSWORD)


def opened(client, path):
    """The page, which asks for the password first."""
    asked = client.get(path, follow=True)
    assert "Is it you?" in text_of(asked)
    form = {"password": PASSWORD, "next": path}
    return client.post(asked.request["PATH_INFO"], form, follow=True)


def turn_on(name="ada"):
    """The secret of the authenticator app, and the recovery codes."""
    client = signed_in(name)
    path = "/accounts/2fa/totp/activate/"
    page = opened(client, path)
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    secret = page.context["form"].secret
    answer = client.post(path, {"code": code(secret)}, follow=True)
    assert answer.status_code == 200
    return secret, re.findall(r"\b\d{8}\b", text_of(answer))


def code(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def enter(client, **more):
    form = {"username": "ada", "password": PASSWORD} | more
    return client.post("/accounts/login/", form)


def api(**more):
    body = {"username": "ada", "password": PASSWORD} | more
    client = Client()
    return client.post("/api/auth/login", body, "application/json"), client


def is_signed_in(client):
    return client.get("/api/auth/user").status_code == 200


def test_the_page_asks_for_the_code_and_then_leads_on(ada):
    secret, _ = turn_on()
    client = Client()
    assert enter(client, next="/library")["Location"] == CODE_PAGE
    assert not is_signed_in(client)
    wrong = client.post(CODE_PAGE, {"code": "abcdef"})
    assert (wrong.status_code, "Incorrect code." in text_of(wrong)) == (400, True)
    assert client.post(CODE_PAGE, {"code": code(secret)})["Location"] == "/library"
    assert is_signed_in(client)


def test_a_code_is_used_once(ada):
    secret, recovery_codes = turn_on()
    for used in (code(secret), recovery_codes[0]):
        for status in (302, 400):
            client = Client()
            enter(client)
            assert client.post(CODE_PAGE, {"code": used}).status_code == status
            cache.clear()  # that of another process knows nothing
        assert api(code=used)[0].status_code == 403


def test_the_api_asks_for_the_code_too(ada):
    secret, recovery_codes = turn_on()
    for more in ({}, {"code": "123"}, {"code": "\u0663" * 6}, {"code": recovery_codes[0][1:]}):
        answer, client = api(**more)
        assert (answer.status_code, answer.json()) == (403, REQUIRED)
        assert not is_signed_in(client)
    for right in (code(secret), recovery_codes[0]):
        answer, client = api(code=right)
        assert (answer.status_code, answer.json()["id"]) == (200, ada.pk)
        assert is_signed_in(client)
    assert api(password="wrong", code=code(secret, 1))[0].status_code == 401


def test_a_code_is_not_needed_where_there_is_no_second_factor(ada):
    assert api()[0].status_code == api(code="123456")[0].status_code == 200


def test_the_admin_is_no_way_around_it(ada):
    turn_on()
    User.objects.update(is_staff=True)
    client = Client()
    form = {"username": "ada", "password": PASSWORD, "next": "/admin/"}
    for path in ("/admin/login/", "/accounts/login/"):
        client.post(path, form)
        assert client.get("/admin/").status_code == 302


def test_a_forgotten_password_is_no_way_around_it(ada):
    turn_on()
    User.objects.update(email="ada@example.org", email_confirmed_at=ada.date_joined)
    Client().post("/accounts/password/reset/", {"email": "ada@example.org"})
    client = Client()
    page = client.get(re.search(r"testserver(/\S+)", mail.outbox[0].body)[1], follow=True)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(page.request["PATH_INFO"], form)
    assert not is_signed_in(client)
    assert enter(client, password=NEW_PASSWORD)["Location"] == CODE_PAGE


def test_wrong_codes_count_like_wrong_passwords(ada, settings, lines):  # noqa: F811
    secret, _ = turn_on()
    settings.RATE_LIMIT_FAILED_LOGINS = 3
    client = Client()
    enter(client)
    lines()
    assert client.post(CODE_PAGE, {"code": "000"}).status_code == 400
    assert api(code="000")[0].status_code == api(code="000")[0].status_code == 403
    assert lines() == [f"event=wrong-code person={ada.pk} address=127.0.0.1"] * 3
    answer = client.post(CODE_PAGE, {"code": code(secret)})
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert api(code=code(secret))[0].status_code == 429


def test_codes_for_an_account_are_limited_from_wherever_they_come(ada, settings):
    secret, _ = turn_on()
    settings.RATE_LIMIT_FAILED_LOGINS = 0
    AttemptCount.objects.filter(key__startswith="code:").update(attempts=MAX_CODES - 1)
    assert [api(code="000")[0].status_code for _ in range(2)] == [403, 429]
    assert api(code=code(secret))[0].status_code == 429


def test_it_is_turned_off_with_its_recovery_codes(ada):
    turn_on()
    client = Client()
    client.force_login(ada)
    path = "/accounts/2fa/totp/deactivate/"
    assert "Turn the authenticator app off?" in text_of(opened(client, path))
    assert client.post(path, follow=True).redirect_chain[-1][0] == "/account"
    assert not Authenticator.objects.exists()
    assert api()[0].status_code == 200


def test_new_recovery_codes_replace_the_old_ones(ada):
    _, old = turn_on()
    client = Client()
    client.force_login(ada)
    path = "/accounts/2fa/recovery-codes/generate/"
    assert "Make new recovery codes?" in text_of(opened(client, path))
    new = re.findall(r"\b\d{8}\b", text_of(client.post(path, follow=True)))
    assert len(set(old + new)) == 20
    assert api(code=old[0])[0].status_code == 403
    assert api(code=new[0])[0].status_code == 200
    download = client.get("/accounts/2fa/recovery-codes/download/")
    assert download.content.decode().split() == new[1:]


def test_nobody_changes_the_passkey_of_another(ada):
    make_person("ben", password=PASSWORD)
    data = {"name": "Phone", "credential": {}}
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data=data)
    bens = signed_in("ben")
    for deed in ("edit", "remove"):
        path = f"/accounts/2fa/passkeys/{passkey.pk}/{deed}/"
        if deed == "edit":
            assert opened(bens, path).status_code == 404
        assert bens.post(path, {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data == data


def remove(client, *people):
    form = {"action": "remove_second_factor", "_selected_action": [each.pk for each in people]}
    page = client.post("/admin/users/user/", form)
    assert "Make sure that it is they who ask." in page.content.decode()
    answer = client.post("/admin/users/user/", form | {"confirmed": "yes"}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_staff_remove_a_lost_one_and_that_is_recorded(ada, client, staff_who_may, lines):  # noqa: F811
    turn_on()
    staff = staff_who_may("view_user", "change_user")
    client.force_login(staff)
    lines()
    assert remove(client, ada) == ["ada: the second factor is removed."]
    by = f"address=127.0.0.1 staff={staff.pk}"
    assert lines() == [f"event=second-factor-removed person={ada.pk} {by}"]
    assert api()[0].status_code == 200


def test_staff_see_who_has_one(ada, admin_client):
    path = f"/admin/users/user/{ada.pk}/change/"
    assert "icon-no.svg" in admin_client.get(path).content.decode()
    turn_on()
    assert "icon-yes.svg" in admin_client.get(path).content.decode()


def test_only_superusers_remove_that_of_staff(ada, client, staff_who_may, admin_client):
    turn_on()
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    client.force_login(staff_who_may("view_user", "change_user"))
    assert remove(client, ada) == ["ada: Only superusers can do that for staff."]
    assert remove(admin_client, ada) == ["ada: the second factor is removed."]


def test_a_deleted_account_leaves_nothing_with_allauth(ada):
    turn_on()
    delete_account(user=ada)
    for model in apps.get_models():
        if model.__module__.startswith("allauth."):
            assert not model.objects.exists(), model
