"""Signing in with an account of another server."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from credits.ledger import balance_of
from joip.users.models import User
from tests.factories import make_person
from tests.oidc_server import CLIENT, SECRET, OIDCServer
from tests.test_account_pages import PASSWORD, change, signed_in
from tests.test_pages import text_of
from tests.test_second_factor import CODE_PAGE, code, turn_on
from tests.test_settings import start, start_quickly

LOGIN = "/accounts/providers/oidc/login/"


@pytest.fixture
def server(transactional_db, settings):
    server = OIDCServer()
    settings.OIDC_SERVER_URL = server.url
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_NAME = "Harbour"
    yield server
    server.close()


@pytest.fixture
def come_in(server):
    """The browser that went there, and the answer to its coming back."""

    def come_in(client=None, query="", **claims):
        client = client or Client()
        away = client.post(LOGIN + query)
        assert away["Location"].startswith(f"{server.url}/authorize?")
        claims = {"sub": "1", "name": "Ada L.", "preferred_username": "Ada"} | claims
        back = server.authorize(away["Location"], **claims)
        return client, client.get(back.removeprefix("http://testserver"))

    return come_in


def test_the_button_is_there_where_it_is_set_up(server, settings):
    page = Client().get("/accounts/login/").content.decode()
    assert "Sign in with Harbour" in page
    settings.OIDC_NAME = ""
    assert "Sign in with Harbour" not in Client().get("/accounts/login/").content.decode()
    assert Client().post(LOGIN).status_code == 404
    assert Client().get(f"{LOGIN}callback/").status_code == 404


def test_a_newcomer_gets_an_account_by_our_rules(come_in):
    client, answer = come_in(query="?next=/library", email="Ada@X.org", email_verified=True)
    assert (answer.status_code, answer["Location"]) == (302, "/library")
    ada = User.objects.get()
    assert (ada.username, ada.display_name, ada.email) == ("ada", "Ada L.", "ada@x.org")
    assert ada.email_confirmed_at
    assert not EmailAddress.objects.exists()  # allauth's own table
    assert balance_of(ada) == 50
    assert client.get("/api/auth/user").json()["id"] == ada.pk
    assert "Set a password first." in text_of(client.get("/account"))


def test_the_same_person_comes_back_to_the_same_account(come_in):
    come_in()
    client, _ = come_in(name="Somebody", preferred_username="else")
    assert User.objects.count() == 1
    assert client.get("/api/auth/user").json()["displayName"] == "Ada L."


@pytest.mark.parametrize(
    ("told", "username", "display_name"),
    [
        ({}, "ada-2", "Ada L."),
        ({"preferred_username": "two words", "email": "io@x.org"}, "io", "Ada L."),
        ({"preferred_username": "Deleted-7", "name": "Member 14"}, "person-2", ""),
        ({"preferred_username": None, "name": "a\u202eb"}, "person-2", ""),
        ({"preferred_username": "ÄRGER", "name": "x" * 200}, "ärger", "x" * 150),
    ],
)
def test_names_are_free_and_possible(come_in, told, username, display_name):
    make_person("ada")
    come_in(**told)
    person = User.objects.latest("pk")
    assert (person.username, person.display_name) == (username, display_name)


def test_an_address_that_somebody_has_confirmed_stays_theirs(come_in):
    owner = make_person("owner", email="ada@x.org")
    User.objects.update(email_confirmed_at=owner.date_joined)
    _, answer = come_in(email="ada@x.org", email_verified=True)
    assert answer["Location"] == "/community"
    assert User.objects.holding("ada@x.org") == owner
    assert User.objects.latest("pk").unconfirmed_email == "ada@x.org"
    assert [each.to for each in mail.outbox] == [["ada@x.org"]]


def test_an_address_that_the_server_does_not_vouch_for_is_confirmed_by_mail(come_in):
    come_in(email="ada@x.org")
    assert User.objects.get().email_confirmed_at is None
    assert "/accounts/email/confirm/" in mail.outbox[0].body


def test_a_closed_registration_and_the_limit_hold_here_too(come_in, settings):
    settings.REGISTRATION_OPEN = False
    _, answer = come_in()
    assert (answer.status_code, "Registration is closed" in text_of(answer)) == (403, True)
    settings.REGISTRATION_OPEN, settings.RATE_LIMIT_SIGNUPS = True, 1
    assert [come_in(sub=str(number))[1].status_code for number in range(2)] == [302, 429]
    assert come_in(sub="0")[1].status_code == 302
    assert User.objects.count() == 1


def test_the_second_factor_is_asked_for(come_in):
    make_person("ada", password=PASSWORD)
    secret, _ = turn_on()
    client = signed_in_with_code(secret)
    come_in(client, "?process=connect")
    client, answer = come_in()
    assert answer["Location"] == CODE_PAGE
    assert client.get("/api/auth/user").status_code == 401


def signed_in_with_code(secret):
    client = signed_in()
    assert client.post(CODE_PAGE, {"code": code(secret)}).status_code == 302
    return client


def test_an_account_is_connected_and_disconnected(come_in):
    ada = make_person("ada", password=PASSWORD)
    here, answer = come_in(signed_in(), "?process=connect")
    assert answer["Location"] == "/account"
    assert "You can sign in with it." in text_of(here.get("/account"))
    elsewhere, _ = come_in()
    assert elsewhere.get("/api/auth/user").json()["id"] == ada.pk
    here.post("/accounts/providers/", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()
    come_in()
    assert User.objects.count() == 2


def test_a_closed_account_stays_closed(come_in):
    come_in()
    User.objects.update(is_active=False)
    client, answer = come_in()
    assert answer["Location"] == "/accounts/inactive/"
    assert "This account is closed" in text_of(client.get(answer["Location"]))
    assert client.get("/api/auth/user").status_code == 401


def test_a_deleted_account_does_not_come_back(come_in):
    client, _ = come_in()
    answer = change(client, "password", new="over-hill-and-dale")
    assert "Your password is changed." in text_of(answer)
    change(client, "deletion", password="over-hill-and-dale")
    come_in()
    assert list(User.objects.order_by("pk").values_list("is_active", flat=True)) == [False, True]


@pytest.mark.parametrize("query", ["", "?code=1&state=1", "?error=access_denied", "?state=\x00"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(server, query):
    client = Client()
    answer = client.get(f"{LOGIN}callback/{query}", follow=True)
    assert answer.status_code == 401
    assert "did not say who you are" in text_of(answer)


def test_a_server_that_is_down_is_told_in_our_look(come_in, server):
    server.is_broken = True
    answer = Client().post(LOGIN)
    assert answer.status_code == 503
    assert 'class="brand"' in answer.content.decode()


@pytest.mark.backend_free
@pytest.mark.parametrize("missing", ["SERVER_URL", "CLIENT_ID", "CLIENT_SECRET", "NAME"])
def test_all_variables_are_set_or_none(tmp_path, missing):
    values = {"SERVER_URL": "https://x.org", "CLIENT_ID": "a", "CLIENT_SECRET": "b", "NAME": "c"}
    variables = {f"OIDC_{name}": value for name, value in values.items() if name != missing}
    exit_code, error = start_quickly(tmp_path, variables, "manage.py", "check")
    assert exit_code != 0
    assert f"OIDC_{missing}" in error


@pytest.mark.backend_free
def test_browsers_follow_the_button_to_the_server(tmp_path):
    told = "from joip.settings import CONTENT_SECURITY_POLICY as policy; "
    told += "raise SystemExit(' '.join(policy['DIRECTIVES']['form-action']))"
    variables = {"OIDC_SERVER_URL": "https://login.x.org:8443/realms/a", "OIDC_CLIENT_ID": "a"}
    variables |= {"OIDC_CLIENT_SECRET": "b", "OIDC_NAME": "c"}
    assert start(tmp_path, variables, "-c", told)[1] == "'self' https://login.x.org:8443"
