"""Signing in and out on pages, and the page of one's own account."""

import re

import pytest
from django.contrib.sessions.models import Session as SignIn
from django.test import Client
from django.urls import reverse

from joip.pages.account_urls import ALLAUTH
from joip.users.models import User
from tests.factories import make_person, make_session
from tests.test_pages import text_of

PASSWORD = "lanterns-by-the-lake"
NEW_PASSWORD = "over-hill-and-dale"


@pytest.fixture
def ada(transactional_db):
    return make_person("ada", password=PASSWORD, display_name="Ada")


@pytest.fixture
def here(ada):
    return signed_in()


def signed_in(name="ada", password=PASSWORD, **more):
    client = Client(**more)
    form = {"username": name, "password": password}
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def change(client, part, **form):
    return client.post(f"/account/{part}", form, follow=True)


def is_signed_in(client):
    return client.get("/account").status_code == 200


def test_signing_out_ends_the_sign_in(here):
    assert "Sign out?" in text_of(here.get("/accounts/logout/"))
    assert is_signed_in(here)
    assert here.post("/accounts/logout/")["Location"] == "/"
    assert not is_signed_in(here)


def test_somebody_who_has_signed_in_is_led_on(here):
    for path in ("/accounts/login/?next=/library", "/accounts/signup/?next=/library"):
        assert here.get(path)["Location"] == "/library"


def test_the_address_where_one_wanted_to_go_survives_the_way_to_signing_up(ada):
    page = Client().get("/accounts/login/?next=/library").content.decode()
    assert 'href="/accounts/signup/?next=%2Flibrary"' in page
    assert 'name="next" value="/library"' in page


def test_the_admin_is_entered_by_the_page(transactional_db):
    make_person("staff", password=PASSWORD, is_staff=True)
    client = Client()
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    form = {"username": "staff", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", form).status_code == 302
    assert client.get("/admin/").status_code == 302
    answer = client.post("/accounts/login/", form, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert answer.status_code == 200


def test_the_account_page_is_for_the_signed_in(transactional_db):
    assert Client().get("/account")["Location"] == "/accounts/login/?next=/account"
    answer = Client().post("/account/name", {"name": "Io"})
    assert answer["Location"] == "/accounts/login/?next=/account/name"


def test_the_page_leads_to_every_part(here):
    page = here.get("/account")
    assert "You sign in as ada" in text_of(page)
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert 'href="/account"' in here.get("/library").content.decode()


def test_a_display_name_is_changed(here, ada):
    assert "Your display name is changed." in text_of(change(here, "name", name=" Ada L. "))
    ada.refresh_from_db()
    assert ada.display_name == "Ada L."


def test_a_password_is_changed_and_ends_other_sign_ins(here):
    elsewhere = signed_in()
    answer = change(here, "password", password=PASSWORD, new=NEW_PASSWORD)
    assert "Your password is changed." in text_of(answer)
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert text_of(answer).count("since") == 1
    signed_in(password=NEW_PASSWORD)


@pytest.mark.parametrize(
    ("part", "form", "problem"),
    [
        ("name", {"name": "Member 14"}, "stands for people without"),
        ("name", {"name": "a" * 151}, "at most 150"),
        ("name", {"name": "a\u202eb"}, "direction"),
        ("password", {"password": "wrong", "new": NEW_PASSWORD}, "Wrong password."),
        ("password", {"password": PASSWORD, "new": "short"}, "too short"),
        ("password", {}, "required"),
        ("email", {"email": "nowhere", "password": PASSWORD}, "valid email"),
        ("email", {"email": "ada@example.org", "password": "wrong"}, "Wrong password."),
        ("deletion", {"password": "wrong"}, "Wrong password."),
        ("deletion", {"password": "nul\x00"}, "Null"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(here, part, form, problem):
    before = User.objects.values().get()
    answer = change(here, part, **form)
    assert (answer.status_code, User.objects.values().get()) == (400, before)
    assert problem in text_of(answer)


def test_wrong_passwords_of_the_forms_count(here, settings):
    settings.RATE_LIMIT_FAILED_LOGINS = 2
    for _ in range(2):
        assert change(here, "deletion", password="wrong").status_code == 400
    answer = change(here, "deletion", password=PASSWORD)
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert User.objects.get().is_active


def test_an_account_is_deleted(here, ada):
    make_session(ada, slides=0)
    answer = change(here, "deletion", password=PASSWORD)
    assert "Your account is deleted." in text_of(answer)
    assert not is_signed_in(here)
    assert User.objects.get().username == f"deleted-{ada.pk}"


def test_each_sign_in_is_listed_and_the_others_are_ended(here, ada):
    elsewhere = signed_in(HTTP_USER_AGENT="Lynx", REMOTE_ADDR="203.0.113.9")
    by_api = Client(headers={"user-agent": "curl"})
    body = {"username": "ada", "password": PASSWORD}
    assert by_api.post("/api/auth/login", body, "application/json").status_code == 200
    page = text_of(here.get("/account"))
    assert re.search("Lynx since .*, from 203.0.113.9", page)
    assert "curl" in page
    answer = change(here, "sign-ins")
    assert "You are signed out everywhere else." in text_of(answer)
    assert "Lynx" not in text_of(answer)
    assert [is_signed_in(each) for each in (here, elsewhere, by_api)] == [True, False, False]
    assert SignIn.objects.count() == 1


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit (like Gecko) Chrome/1 Safari/1",
            "Chrome on L",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) (like Gecko) Chrome/1 Safari/1 Edg/1", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19) (like Mac OS X) Safari/1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Android 16; Mobile) Gecko/1 Firefox/1", "Firefox on Android"),
        ("", "An unknown browser"),
        ("<b>\0" + "x" * 900, "&lt;b&gt;xxx"),
    ],
)
def test_a_browser_is_told_in_words(ada, user_agent, shown):
    here = signed_in(HTTP_USER_AGENT=user_agent)
    assert shown in here.get("/account").content.decode()


def test_sign_ins_of_others_stay(here):
    make_person("ben", password=PASSWORD)
    bens = signed_in("ben")
    change(here, "sign-ins")
    assert is_signed_in(bens)
    assert text_of(bens.get("/account")).count("since") == 1


def kwargs_of(route):
    return {key: {"pk": 1}.get(key, "oidc") for key in re.findall(r":(\w+)>", route)}


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_every_page_answers_in_our_look_without_anything_inline(ada, is_signed_in, subtests):
    client = signed_in() if is_signed_in else Client()
    paths = [reverse(name, kwargs=kwargs_of(at)) for at, (_, name) in ALLAUTH.items()]
    for path in [*paths, "/accounts/password/reset/key/1-abc/", "/accounts/email/confirm/abc/"]:
        with subtests.test(path=path):
            if path.endswith(("logout/", "passkeys/login/", "download/")):
                continue
            answer = client.get(path)
            assert answer.status_code in (200, 302, 400, 401, 403, 404)
            if answer.status_code != 302:
                page = answer.content.decode()
                assert 'class="brand"' in page
                assert not re.search(r"<style| style=| on[a-z]+=", page)


CREDENTIALS = ["{}", "[]", '{"response": 1}', '{"id": "a", "response": {}}', "nul\x00"]


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_junk_is_never_an_error_of_the_server(ada, is_signed_in, subtests):
    client = signed_in() if is_signed_in else Client()
    cookies = client.cookies.output()
    junk = dict.fromkeys(["email", "code", "username", "name", "login"], "\ufffd{[<" * 50)
    for at, (_, name) in ALLAUTH.items():
        address = reverse(name, kwargs=kwargs_of(at))
        for credential in CREDENTIALS if "webauthn" in name else CREDENTIALS[:1]:
            with subtests.test(name=name, credential=credential):
                answer = client.post(address, junk | {"credential": credential, "password": "x"})
                assert answer.status_code < 500
        if is_signed_in and client.cookies.output() != cookies:
            client = signed_in()
