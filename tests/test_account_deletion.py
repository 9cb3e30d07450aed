"""An account goes with its library; the ledger and what others saved stay."""

from contextlib import suppress

import pytest
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection
from django.test import Client

from community.saving import save_session
from credits.ledger import balance_of
from credits.models import CreditTransaction
from joip.accounts.deletion import delete_account
from joip.api.authentication import Unauthorized
from joip.errors import Refusal
from joip.users.models import User
from sessions.copying import fail_copy
from sessions.editing import create_session
from sessions.leases import LeaseLost
from sessions.models import Session
from tests.factories import add_slides, begin, make_person, make_session, make_share, set_price
from tests.ledgers import check_ledger, check_objects, left_over
from tests.threads import all_at_once

PASSWORD = "a-long-walk-by-the-sea"


@pytest.fixture
def ines(author):
    author.set_password(PASSWORD)
    author.email = "ines@example.org"
    author.email_confirmed_at = author.date_joined
    author.save()
    return author


@pytest.fixture
def client(ines):
    client = Client()
    assert client.login(username=ines.username, password=PASSWORD)
    return client


def delete(client, password=PASSWORD):
    return client.delete("/api/auth/user", {"password": password}, content_type="application/json")


def test_the_person_is_emptied(ines, client):
    ines.is_staff = ines.is_superuser = True
    ines.save()
    ines.groups.add(Group.objects.create(name="painters"))
    ines.user_permissions.add(Permission.objects.first())
    answer = delete(client)
    assert (answer.status_code, answer.content) == (204, b"")
    row = User.objects.values().get()
    assert not is_password_usable(row.pop("password"))
    assert row == {
        "id": ines.pk,
        "username": f"deleted-{ines.pk}",
        "display_name": "",
        "email": "",
        "email_confirmed_at": None,
        "new_email": "",
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
        "date_joined": ines.date_joined,
        "last_login": None,
    }
    assert not ines.groups.exists()
    assert not ines.user_permissions.exists()


def test_every_sign_in_ends_for_good(ines, client):
    elsewhere = Client()
    elsewhere.force_login(ines)
    delete(client)
    for former in (client, elsewhere):
        assert former.get("/api/auth/user").status_code == 401
    for name in ("author", f"deleted-{ines.pk}"):
        body = {"username": name, "password": PASSWORD}
        assert client.post("/api/auth/login", body, "application/json").status_code == 401


def test_the_library_goes_with_its_objects_and_the_ledger_stays(ines, client, share):
    make_session(ines, slides=2)
    assert balance_of(ines) == 50
    ledger = list(CreditTransaction.objects.values())
    assert delete(client).status_code == 204
    assert not Session.objects.exists()
    assert left_over() == []
    assert list(CreditTransaction.objects.values()) == ledger
    check_ledger()
    check_objects()


def test_what_others_saved_lives_on(ines, client, share, saver, save):
    assert save(share, saver)[0] == 200
    client.force_login(ines)
    assert delete(client).status_code == 204
    assert list(Session.objects.values_list("owner", "media_status")) == [(saver.pk, "ready")]
    assert save(share, saver)[1]["reused"] is True
    check_ledger()
    check_objects()


@pytest.mark.parametrize("deletes", ["the author", "the saver"])
def test_a_copy_under_way_is_refunded_to_who_leaves_and_goes_on_for_others(
    ines, saver, share, deletes
):
    copying = begin(share, saver)
    delete_account(user=saver if deletes == "the saver" else ines)
    left = Session.objects.owned_by(saver).filter(pk=copying.pk).exists()
    assert left == (deletes == "the author")
    assert balance_of(saver) == (40 if left else 50)
    check_ledger()


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(3))
def test_copies_that_fail_meanwhile_are_refunded_once(author, saver, attempt):
    set_price(5)
    copies = [begin(make_share(author), saver) for _ in range(8)]

    def fail_from_the_last_on():
        for copy in reversed(copies):
            with suppress(LeaseLost):
                fail_copy(copy, reason="for a test")

    answers = all_at_once(lambda: delete_account(user=saver), fail_from_the_last_on)
    assert answers == [None, None]
    assert balance_of(saver) == 50
    check_ledger()


def test_a_wrong_password_changes_nothing(ines, client, share):
    answer = delete(client, "wrong")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"password": ["Wrong password."]}
    assert client.get("/api/auth/user").json()["displayName"] == "Ines"
    assert Session.objects.owned_by(ines).count() == 1
    check_objects()


def fault(execute, sql, params, many, context):
    """The database fails when slides are deleted already, and the sessions are next."""
    if sql.startswith('DELETE FROM "library_session"'):
        raise DatabaseError("out of order")
    return execute(sql, params, many, context)


def test_a_deletion_that_fails_half_way_changes_nothing(ines, share):
    make_session(ines, slides=2)
    people, sessions = list(User.objects.values()), list(Session.objects.order_by("pk").values())
    with connection.execute_wrapper(fault), pytest.raises(DatabaseError, match="out of order"):
        delete_account(user=ines)
    assert list(User.objects.values()) == people
    assert list(Session.objects.order_by("pk").values()) == sessions
    check_objects()


@pytest.mark.races
def test_nothing_comes_into_the_library_any_more(ines, saver, save):
    set_price(0)
    share, session = make_share(saver), make_session(ines, slides=0)

    results = all_at_once(
        lambda: save_session(community_session_id=share.pk, user=ines),
        lambda: delete_account(user=ines),
        lambda: create_session(user=ines, title="Late"),
        lambda: add_slides(session, 1),
    )
    errors = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, Refusal) for error in errors), errors
    assert not Session.objects.owned_by(ines).exists()
    with pytest.raises(Unauthorized):
        create_session(user=ines, title="Later")
    check_objects()


def test_nobody_else_loses_anything(ines, saver):
    theirs = make_share(saver)
    make_person("bystander")
    delete_account(user=ines)
    assert Session.objects.owned_by(saver).get() == theirs.session
    assert User.objects.filter(is_active=True).count() == 2
    check_objects()
