"""A saved copy says whom and what it was saved from, as of the save, for good."""

import pytest

from community.saving import save_session
from community.sharing import share_session
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import change_display_name
from sessions.deletion import delete_session
from sessions.editing import edit_session
from tests.factories import make_person


@pytest.fixture
def saved_from(client):
    def saved_from(saved, person):
        client.force_login(person)
        return client.get(f"/api/sessions/{saved.session_id}").json()["session"]["savedFrom"]

    return saved_from


def test_it_survives_new_names_the_original_and_its_author(author, share, saver, saved_from):
    saved = save_session(community_session_id=share.pk, user=saver)
    source = {"communitySessionId": share.pk, "title": "Fjords in May", "author": "Ines"}
    assert saved_from(saved, saver) == source
    change_display_name(user=author, name="Somebody else")
    edit_session(session=share.session, title="Fjords in June")
    share_session(session=share.session)
    assert saved_from(saved, saver) == source
    delete_session(session=share.session)
    delete_account(user=author)
    assert saved_from(saved, saver) == source


def test_it_names_what_was_shared_not_what_was_edited_since(share, saver, saved_from):
    edit_session(session=share.session, title="Fjords in June")
    saved = save_session(community_session_id=share.pk, user=saver)
    assert saved_from(saved, saver)["title"] == "Fjords in May"


def test_a_copy_of_a_copy_names_whom_it_was_saved_from(share, saver, saved_from):
    save_session(community_session_id=share.pk, user=saver)
    copy = saver.library.get()
    edit_session(session=copy, title="Northern fjords")
    shared_again = share_session(session=copy)
    third = make_person("third")
    saved = save_session(community_session_id=shared_again.pk, user=third)
    assert saved_from(saved, third) == {
        "communitySessionId": shared_again.pk,
        "title": "Northern fjords",
        "author": f"Member {saver.pk}",
    }


def test_ones_own_session_was_saved_from_nobody(client, author, share):
    client.force_login(author)
    answer = client.get(f"/api/sessions/{share.session_id}")
    assert answer.json()["session"]["savedFrom"] is None


def test_nobody_sets_it_by_hand(client, author, share, saver):
    save_session(community_session_id=share.pk, user=saver)
    client.force_login(saver)
    body = {"savedFrom": {"author": "Me"}}
    answer = client.patch(f"/api/sessions/{saver.library.get().pk}", body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["savedFrom"])
