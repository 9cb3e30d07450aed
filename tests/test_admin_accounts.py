"""Staff delete accounts; nobody deletes their own here, and few those of staff."""

import pytest
from django.contrib.admin.models import LogEntry

from joip.accounts.deletion import delete_account
from joip.users.models import User
from sessions.models import Session
from tests.factories import make_person, make_session
from tests.ledgers import left_over

PEOPLE = "/admin/users/user/"


@pytest.fixture
def delete(admin_client):
    """Delete these people's accounts from the list; the texts that staff then read."""

    def delete(*people, client=admin_client):
        data = {"_selected_action": [person.pk for person in people], "confirmed": "yes"}
        answer = client.post(PEOPLE, {"action": "delete_accounts", **data}, follow=True)
        return [str(message) for message in answer.context["messages"]]

    return delete


def active():
    return set(User.objects.filter(is_active=True).values_list("username", flat=True))


def test_the_action_first_shows_who_and_how_much(admin_client, author, saver):
    make_session(author, slides=1)
    data = {"action": "delete_accounts", "_selected_action": [author.pk, saver.pk], "index": 0}
    page = admin_client.post(PEOPLE, data).content.decode()
    assert "author: 1 session<" in page
    assert "saver: 0 sessions<" in page
    assert active() == {"admin", "author", "saver"}


def test_accounts_are_deleted_with_their_libraries(delete, author, saver):
    make_session(author)
    assert delete(author, saver) == [
        f"author: deleted, now called deleted-{author.pk}.",
        f"saver: deleted, now called deleted-{saver.pk}.",
    ]
    assert active() == {"admin"}
    assert not Session.objects.exists()
    assert left_over() == []


def test_the_log_says_who_did_it_and_forgets_the_name(delete, author, admin_user):
    delete(author)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(author.pk))
    assert (entry.object_repr, entry.get_change_message()) == (
        f"Person {author.pk}",
        "Account deleted.",
    )


def test_ones_own_account_is_refused_and_the_others_are_done(delete, admin_user, author):
    assert delete(admin_user, author) == [
        "admin: You cannot delete your own account here.",
        f"author: deleted, now called deleted-{author.pk}.",
    ]
    assert active() == {"admin"}


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_superuser": True}])
def test_only_superusers_delete_staff(delete, client, staff_who_may, fields):
    colleague = make_person("colleague", **fields)
    client.force_login(staff_who_may("view_user", "delete_user"))
    assert delete(colleague, client=client) == [
        "colleague: Only superusers can delete the accounts of staff."
    ]
    assert delete(colleague) == [f"colleague: deleted, now called deleted-{colleague.pk}."]


def test_staff_need_the_right_to_delete_people(delete, client, staff_who_may, author):
    client.force_login(staff_who_may("view_user", "change_user"))
    delete(author, client=client)
    assert "author" in active()


def test_a_form_opened_before_does_not_bring_a_deleted_person_back(admin_client):
    person = make_person("gone", email="gone@example.org")
    address = f"/admin/users/user/{person.pk}/change/"
    form = admin_client.get(address).context["adminform"].form.initial
    delete_account(user=person)
    filled = {name: value for name, value in form.items() if isinstance(value, str | bool)}
    assert admin_client.post(address, filled).status_code == 403
    person.refresh_from_db()
    assert (person.email, person.is_active) == ("", False)
