"""What a session descends from, and what hiding that means for it, at any remove."""

import pytest

from community.models import Origin
from community.moderation import hide_share, unhide_share
from community.saving import save_session
from community.share_links import link_session
from community.sharing import share_session, withdraw_session
from joip.accounts.deletion import delete_account
from sessions.deletion import delete_session
from sessions.editing import edit_session
from sessions.models import Session
from tests.factories import make_person, make_session, make_share

SOURCE_HIDDEN = {
    "error": "Staff have hidden the community session that this was saved from",
    "code": "SOURCE_HIDDEN",
}
NOT_FOUND = {"message": "Session not found", "code": "SESSION_NOT_FOUND"}


@pytest.fixture
def friend(transactional_db):
    return make_person("friend")


def copy_of(share, person):
    saved = save_session(community_session_id=share.pk, user=person)
    return Session.objects.get(pk=saved.session_id)


@pytest.fixture
def copy(share, saver):
    return copy_of(share, saver)


@pytest.fixture
def second(copy):
    """A share of the copy."""
    return share_session(session=copy)


@pytest.fixture
def copy_of_copy(second):
    return copy_of(second, make_person("third"))


def origins(session):
    rows = Origin.objects.filter(session=session).order_by("community_session_id")
    return list(rows.values_list("community_session_id", flat=True))


def test_a_copy_has_the_origins_of_what_it_was_saved_from_and_that_itself(
    share, second, copy, copy_of_copy
):
    assert origins(share.session) == origins(share.snapshot) == []
    assert origins(copy) == origins(second.snapshot) == [share.pk]
    assert origins(copy_of_copy) == [share.pk, second.pk]


def test_origins_stay_when_what_lies_between_is_deleted(share, saver, copy_of_copy):
    before = origins(copy_of_copy)
    delete_account(user=saver)
    delete_session(session=share.session)
    assert origins(copy_of_copy) == before
    delete_session(session=copy_of_copy)
    assert not Origin.objects.exists()


def test_saving_ones_own_share_descends_from_it(share, author):
    assert origins(copy_of(share, author)) == [share.pk]


WAYS = {
    "share": ("post", "/community-share", {}),
    "edit and share": ("patch", "", {"title": "Mine", "shareToCommunity": True}),
    "link": ("post", "/share", {}),
}


def ask(client, session, way):
    method, path, body = WAYS[way]
    client.force_login(session.owner)
    answer = getattr(client, method)(f"/api/sessions/{session.pk}{path}", body, format="json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("way", WAYS)
def test_what_descends_from_a_hidden_session_is_not_shared(client, share, copy_of_copy, copy, way):
    hide_share(share=share)
    for session in (copy, copy_of_copy):
        before = Session.objects.values().get(pk=session.pk)
        assert ask(client, session, way) == (403, SOURCE_HIDDEN)
        assert Session.objects.values().get(pk=session.pk) == before
    unhide_share(share=share)
    for session in (copy, copy_of_copy):
        assert ask(client, session, way)[0] == 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gone", ["the original", "what lies between", "both"])
def test_nor_when_a_link_of_the_chain_is_deleted(
    client, author, saver, share, copy_of_copy, gone, way
):
    hide_share(share=share)
    for person, chosen in [(author, "the original"), (saver, "what lies between")]:
        if gone in (chosen, "both"):
            delete_account(user=person)
    assert ask(client, copy_of_copy, way) == (403, SOURCE_HIDDEN)


def test_hiding_what_lies_between_says_nothing_of_the_original(client, share, second, copy):
    hide_share(share=second)
    assert ask(client, share.session, "share")[0] == 200
    assert ask(client, copy, "share")[0] == 200
    second.refresh_from_db()
    assert second.hidden_at


def seen(client, person, *paths):
    client.force_login(person)
    return [client.get(f"/api{path}").status_code for path in paths]


def test_no_link_and_no_id_shows_others_a_copy_of_what_is_hidden(
    client, share, copy_of_copy, friend
):
    edit_session(session=copy_of_copy, is_public=True)
    code = link_session(session=copy_of_copy).code
    paths = [f"/sessions/{copy_of_copy.pk}", f"/shared/{code}", f"/shared/{code}/preview"]
    assert seen(client, friend, *paths) == [200, 200, 200]
    hide_share(share=share)
    assert seen(client, friend, *paths) == [404, 404, 404]
    client.logout()
    assert client.get(f"/shared/{code}").status_code == 404
    for person in (copy_of_copy.owner, make_person("staff", is_staff=True)):
        assert seen(client, person, *paths) == [200, 200, 200]
    delete_session(session=share.session)
    assert seen(client, friend, *paths) == [404, 404, 404]


def test_a_share_of_a_copy_that_staff_leave_open_is_shown_until_it_is_withdrawn(
    client, share, second, copy, friend
):
    hide_share(share=share)
    paths = [f"/sessions/{copy.pk}", f"/community/sessions/{second.pk}"]
    assert seen(client, friend, *paths) == [200, 200]
    withdraw_session(session=copy)
    assert seen(client, friend, *paths) == [404, 404]


def test_what_is_hidden_is_not_found_when_it_is_saved(share, author, saver, save):
    hide_share(share=share)
    for person in (saver, author, make_person("staff", is_staff=True)):
        assert save(share, person) == (404, {"message": "Session not found or not public"})


def test_a_session_that_was_not_saved_is_shared_in_spite_of_all(author, client, share):
    hide_share(share=share)
    assert ask(client, make_session(author, slides=1), "share")[0] == 200
    assert ask(client, make_share(author, slides=1).session, "link")[0] == 200
