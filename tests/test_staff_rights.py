"""What staff who may change people cannot give to themselves, nor take from other staff."""

from threading import Event

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction

from community.models import SearchEntry
from joip.accounts.deletion import delete_account
from joip.users.models import User
from tests.factories import make_person, make_share
from tests.threads import all_at_once

PEOPLE = "/admin/users/user/"
PASSWORD = {"password1": "a-long-walk-by-the-sea", "password2": "a-long-walk-by-the-sea"}
STAFF = [{"is_staff": True}, {"is_superuser": True}]


@pytest.fixture
def staff(client, staff_who_may):
    """Signed in; they may do with people and groups what a right can be given for."""
    rights = [
        f"{verb}_{what}" for verb in ("add", "change", "delete") for what in ("user", "group")
    ]
    person = staff_who_may(*rights)
    client.force_login(person)
    return person


def filled(person, **changes):
    """What the browser sends for this person's page."""
    data = {"username": person.username, "email": person.email, "is_active": "on"}
    joined = {"date_joined_0": "2001-01-01", "date_joined_1": "12:00"}
    return data | joined | {"display_name": person.display_name} | changes


def row(person):
    """The person's row, groups and permissions as they are now."""
    rights = [
        list(rows.values_list("pk", flat=True)) for rows in (person.groups, person.user_permissions)
    ]
    return User.objects.values().get(pk=person.pk), *rights


@pytest.fixture
def everything():
    """Forged fields: all the rights that there are."""
    rights = [right.pk for right in Permission.objects.all()]
    group = Group.objects.create(name="owners")
    group.permissions.set(rights)
    return {"is_staff": "on", "is_superuser": "on", "groups": group.pk, "user_permissions": rights}


def test_staff_give_nobody_rights(client, staff, author, everything):
    client.post(f"{PEOPLE}{author.pk}/change/", filled(author, display_name="Io", **everything))
    author.refresh_from_db()
    assert (author.display_name, author.is_staff, author.is_superuser) == ("Io", False, False)
    assert not author.groups.exists()
    assert not author.user_permissions.exists()


def test_staff_add_people_without_rights(client, staff, everything):
    added = {"username": "newcomer", "usable_password": "true", **PASSWORD, **everything}
    assert client.post(f"{PEOPLE}add/", added).status_code == 302
    person = User.objects.get(username="newcomer")
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert not person.groups.exists()


def test_staff_cannot_change_themselves(client, staff, everything):
    before = row(staff)
    answer = client.post(f"{PEOPLE}{staff.pk}/change/", filled(staff, **everything))
    assert (answer.status_code, row(staff)) == (403, before)


@pytest.mark.parametrize("rights", STAFF)
@pytest.mark.parametrize(
    "change", [{"username": "io"}, {"email": "io@example.org"}, {"is_active": ""}]
)
def test_staff_change_nothing_of_other_staff(client, staff, rights, change):
    colleague = make_person("colleague", **rights)
    before = row(colleague)
    answer = client.post(f"{PEOPLE}{colleague.pk}/change/", filled(colleague, **change))
    assert (answer.status_code, row(colleague)) == (403, before)


@pytest.mark.parametrize("rights", STAFF)
def test_staff_set_no_password_of_staff(client, staff, rights):
    for person in (staff, make_person("colleague", **rights)):
        before = row(person)
        for data in (PASSWORD, {"usable_password": "false", "unset-password": ""}):
            answer = client.post(f"{PEOPLE}{person.pk}/password/", data)
            assert (answer.status_code, row(person)) == (403, before)


def test_staff_set_the_password_of_others_and_their_own(client, staff, author):
    assert client.post(f"{PEOPLE}{author.pk}/password/", PASSWORD).status_code == 302
    author.refresh_from_db()
    assert author.check_password(PASSWORD["password1"])
    staff.set_password("fjords-and-lanterns")
    staff.save()
    client.force_login(staff)
    own = {"new_password1": PASSWORD["password1"], "new_password2": PASSWORD["password1"]}
    own["old_password"] = "fjords-and-lanterns"
    assert client.post("/admin/password_change/", own).status_code == 302
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD["password1"])


def test_staff_change_no_groups(client, staff):
    group = Group.objects.create(name="painters")
    staff.groups.add(group)
    right = Permission.objects.first().pk
    data = {"name": "owners", "permissions": right, "post": "yes"}
    groups = "/admin/auth/group/"
    for page in ("add/", f"{group.pk}/change/", f"{group.pk}/delete/"):
        assert client.post(groups + page, data).status_code == 403
    client.post(groups, {"action": "delete_selected", "_selected_action": group.pk, **data})
    assert list(Group.objects.values_list("name", flat=True)) == ["painters"]
    assert not group.permissions.exists()


def test_superusers_give_rights(admin_client, author, everything):
    admin_client.post(f"{PEOPLE}{author.pk}/change/", filled(author, **everything))
    author.refresh_from_db()
    assert (author.is_staff, author.is_superuser) == (True, True)
    assert author.groups.get().pk == everything["groups"]


def test_a_form_writes_only_what_was_edited(admin_client, author):
    joined = author.date_joined
    share = make_share(author, slides=0)
    User.objects.filter(pk=author.pk).update(
        email="new@example.org", email_confirmed_at="2026-01-01T00:00Z"
    )
    admin_client.post(
        f"{PEOPLE}{author.pk}/change/",
        filled(author, email="new@example.org", display_name="Io"),
    )
    author.refresh_from_db()
    assert author.email_confirmed_at is not None
    assert author.date_joined == joined
    assert SearchEntry.objects.get(snapshot=share.snapshot_id).creator.split() == ["io"]


def test_an_address_that_staff_typed_is_not_confirmed(admin_client, author):
    User.objects.filter(pk=author.pk).update(
        email="ines@example.org", email_confirmed_at="2026-01-01T00:00Z"
    )
    admin_client.post(f"{PEOPLE}{author.pk}/change/", filled(author, email=""))
    author.refresh_from_db()
    assert (author.email, author.email_confirmed_at) == ("", None)


class AtTheWrite:
    """Says when the connection has read what it changes, and waits for its lock."""

    def __init__(self):
        self.reached = Event()

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("BEGIN", 'UPDATE "users_user"')) or "FOR NO KEY UPDATE" in sql:
            self.reached.set()
        return execute(sql, params, many, context)


@pytest.mark.races
@pytest.mark.parametrize(
    ("page", "fields"),
    [("change", {"display_name": "Io", "email": "io@example.org"}), ("password", PASSWORD)],
)
def test_a_person_deleted_while_a_form_is_sent_stays_deleted(admin_client, author, page, fields):
    sent = filled(author, **fields)
    deleted, at_the_write = Event(), AtTheWrite()

    def delete():
        with transaction.atomic():
            delete_account(user=author)
            deleted.set()
            assert at_the_write.reached.wait(20)

    def send():
        assert deleted.wait(20)
        with connection.execute_wrapper(at_the_write):
            return admin_client.post(f"{PEOPLE}{author.pk}/{page}/", sent).status_code

    assert all_at_once(delete, send)[1] == 403
    author.refresh_from_db()
    assert (author.username, author.email) == (f"deleted-{author.pk}", "")
    assert (author.is_active, author.has_usable_password()) == (False, False)
