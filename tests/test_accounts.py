"""Signing up, and changing what is one's own: the password and the display name."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from credits.ledger import balance_of
from joip.users.models import User
from tests.factories import make_person
from tests.ledgers import check_ledger
from tests.threads import all_at_once

PASSWORD = "a-long-walk-by-the-sea"
NEW_PASSWORD = "over-hill-and-dale"


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ines(client):
    """Somebody who has signed in."""
    ines = make_person("ines", password=PASSWORD, email="ines@example.org")
    assert sign_in(client, "ines").status_code == 200
    return ines


def register(client, **fields):
    body = {"username": "noor", "password": PASSWORD, **fields}
    return client.post("/api/auth/register", body, content_type="application/json")


def sign_in(client, username, password=PASSWORD):
    return client.post(
        "/api/auth/login", {"username": username, "password": password}, format="json"
    )


def problems(answer):
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation Error"
    return answer.json()["fields"]


def test_signing_up_answers_with_the_new_user_signed_in():
    client = Client()
    answer = register(client, email="noor@EXAMPLE.org", displayName=" Noor ")
    noor = User.objects.get(username="noor")
    expected = {
        "id": noor.pk,
        "displayName": "Noor",
        "isStaff": False,
        "isPremium": False,
        "balance": 50,
    }
    assert (answer.status_code, answer.json()) == (201, expected)
    assert client.get("/api/auth/user").json() == expected
    assert (noor.email, noor.display_name) == ("noor@example.org", "Noor")
    assert balance_of(noor) == 50
    check_ledger()


def test_a_name_and_a_password_are_enough(client):
    answer = register(Client())
    assert answer.json()["displayName"] == f"Member {answer.json()['id']}"
    assert sign_in(client, "noor").status_code == 200


@pytest.mark.parametrize("name", ["ines", "Ines", "INES", "\uff29nes", "deleted-7", "Deleted-x"])
def test_a_taken_user_name_is_refused_whatever_its_case(ines, name):
    assert problems(register(Client(), username=name)) == {"username": ["This user name is taken."]}


def test_of_many_who_take_a_name_at_once_one_gets_it():
    answers = all_at_once(*[lambda: register(Client())] * 6)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    taken = {"username": ["This user name is taken."]}
    assert all(problems(answer) == taken for answer in answers if answer.status_code == 400)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "no spaces"),
        ("username", "a" * 151),
        ("username", "\ufdfa" * 10),  # 180 letters, once it is in Django's form of Unicode
        ("username", "nul\x00"),
        ("password", "short"),
        ("password", "9-letters"),
        ("password", "password1"),
        ("password", "1234567890"),
        ("password", "noor@example.org"),
        ("password", "Noor Lindqvist"),
        ("email", "nowhere"),
        ("displayName", "a" * 151),
        ("isStaff", True),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_made(field, value):
    fields = {"email": "noor@example.org", "displayName": "Noor Lindqvist", field: value}
    assert list(problems(register(Client(), **fields))) == [field]
    assert not User.objects.exists()


def test_registration_can_be_closed(settings):
    settings.REGISTRATION_OPEN = False
    answer = register(Client())
    expected = {"error": "Registration is closed", "code": "REGISTRATION_CLOSED"}
    assert (answer.status_code, answer.json()) == (403, expected)
    assert not User.objects.exists()


def test_other_sites_sign_nobody_up():
    answer = register(Client(headers={"sec-fetch-site": "cross-site"}))
    assert answer.status_code == 403
    assert answer.json() == {"message": "Cross-origin request refused", "code": "CROSS_ORIGIN"}
    assert not User.objects.exists()


@pytest.fixture
def change_password(client, ines):
    def change_password(current, new):
        body = {"currentPassword": current, "newPassword": new}
        return client.post("/api/auth/password", body, format="json")

    return change_password


def test_a_new_password_ends_all_sign_ins_but_this(change_password, client):
    elsewhere = Client()
    elsewhere.login(username="ines", password=PASSWORD)
    answer = change_password(PASSWORD, NEW_PASSWORD)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert client.get("/api/auth/user").status_code == 200
    assert elsewhere.get("/api/auth/user").status_code == 401
    assert sign_in(client, "ines", PASSWORD).status_code == 401
    assert sign_in(client, "ines", NEW_PASSWORD).status_code == 200


def test_a_wrong_password_changes_nothing(change_password, client):
    assert problems(change_password("wrong", NEW_PASSWORD)) == {
        "currentPassword": ["Wrong password."]
    }
    assert sign_in(client, "ines").status_code == 200


@pytest.mark.parametrize("weak", ["9-letters", "password1", "ines@example.org"])
def test_a_weak_new_password_is_refused(change_password, client, weak):
    assert list(problems(change_password(PASSWORD, weak))) == ["newPassword"]
    assert sign_in(client, "ines").status_code == 200


TOO_SHORT = "This password is too short. It must contain at least 10 characters."


def test_ten_characters_are_enough(change_password, client):
    assert change_password(PASSWORD, "10 letters").status_code == 200
    assert problems(change_password("10 letters", "9-letters")) == {"newPassword": [TOO_SHORT]}


@pytest.mark.parametrize("page", ["password_change/", "users/user/{}/password/", "users/user/add/"])
def test_short_passwords_are_refused_in_the_admin(admin_client, ines, page):
    fields = {"username": "theo", "usable_password": "true", "old_password": "password"}
    new = dict.fromkeys(("password1", "password2", "new_password1", "new_password2"), "9-letters")
    answer = admin_client.post(f"/admin/{page.format(ines.pk)}", fields | new)
    assert (answer.status_code, TOO_SHORT in answer.content.decode()) == (200, True)
    assert not any(user.check_password("9-letters") for user in User.objects.all())


def test_a_short_password_makes_no_superuser(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "9-letters")
    with pytest.raises(CommandError, match=TOO_SHORT):
        call_command("createsuperuser", username="root", email="", interactive=False)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="root", email="", interactive=False, verbosity=0)
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ines Lindqvist", "Ines Lindqvist"), (" Åse ", "Åse"), ("", "Member {}")],
)
def test_people_choose_what_they_are_called(ines, client, name, shown):
    answer = client.patch("/api/auth/user", {"displayName": name}, format="json")
    expected = {
        "id": ines.pk,
        "displayName": shown.format(ines.pk),
        "isStaff": False,
        "isPremium": False,
        "balance": 50,
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert client.get("/api/auth/user").json() == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "displayName"),
        ({"displayName": None}, "displayName"),
        ({"displayName": "a" * 151}, "displayName"),
        ({"displayName": "Ines", "isStaff": True}, "isStaff"),
    ],
)
def test_nothing_else_is_theirs_to_set(ines, client, body, field):
    assert list(problems(client.patch("/api/auth/user", body, format="json"))) == [field]


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/api/auth/password"), ("patch", "/api/auth/user"), ("delete", "/api/auth/user")],
)
def test_the_signed_out_change_nothing(client, method, path):
    answer = getattr(client, method)(path, {}, format="json")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
