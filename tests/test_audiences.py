"""Who sees a session: what each deed does to `audience` and `isPublic`, alone and after others."""

from uuid import uuid4

import pytest

from community.models import CommunityShare, ShareLink
from community.share_links import link_session, revoke_link
from community.sharing import (
    NeverShared,
    edit_shown_session,
    share_session,
    withdraw_session,
)
from sessions.models import Session
from tests.factories import add_address, make_person, make_session
from tests.ledgers import check_shares
from tests.threads import all_at_once


@pytest.fixture
def session(author):
    session = make_session(author, slides=0)
    add_address(session)
    return session


@pytest.fixture
def do(client, author, session):
    """Does what a word says, over HTTP; who sees the session then, as that answer says."""
    address = f"/api/sessions/{session.pk}"
    deeds = {
        "link": ("post", "/share", {}),
        "revoke": ("delete", "/share", {}),
        "share": ("post", "/community-share", {}),
        "withdraw": ("delete", "/community-share", {}),
        "public": ("patch", "", {"isPublic": True}),
        "private": ("patch", "", {"isPublic": False}),
        "PATCH share": ("patch", "", {"shareToCommunity": True}),
        "PATCH withdraw": ("patch", "", {"shareToCommunity": False}),
        "title": ("patch", "", {"title": "Lakes"}),
    }

    def do(word):
        method, path, body = deeds[word]
        client.force_login(author)
        answer = getattr(client, method)(address + path, body, format="json")
        assert answer.status_code == 200, answer.json()
        shown = client.get(address).json()["session"]
        listed = client.get("/api/sessions").json()[0]
        told = answer.json()["audience"]
        assert told == shown["audience"] == listed["audience"]
        assert answer.json().get("isPublic", shown["isPublic"]) == shown["isPublic"]
        check_shares()
        return told

    return do


@pytest.mark.parametrize(
    "story",
    [
        "link: link, link: link, revoke: private, revoke: private",
        "public: members, link: members, private: link, revoke: private",
        "share: community, link: community, withdraw: link, revoke: private",
        "link: link, share: community, revoke: community, withdraw: private",
        "public: members, share: community, withdraw: members, withdraw: members",
        "share: community, share: community, withdraw: private",
        "share: community, withdraw: private, public: members, withdraw: members",
        "share: community, public: community, withdraw: private",
        "share: community, private: private, private: private, public: members",
        "public: members, share: community, private: private, share: community, withdraw: private",
        "public: members, share: community, withdraw: members, private: private",
        "PATCH share: community, title: community, PATCH withdraw: private, title: private",
        "PATCH withdraw: private, public: members, PATCH withdraw: members",
        "public: members, PATCH share: community, PATCH withdraw: members",
    ],
)
def test_each_deed_leaves_the_audience_that_the_table_says(do, story):
    for step in story.split(", "):
        deed, audience = step.split(": ")
        assert (deed, do(deed)) == (deed, audience)


SEES = {  # who else than the owner reads the session: by its id, by its link, and who saves it
    "private": (404, 404, 404),
    "link": (404, 200, 404),
    "members": (200, 404, 403),
    "community": (200, 404, 200),
}
DEEDS = {
    "private": ["share", "link", "revoke", "withdraw"],
    "link": ["public", "share", "private", "link"],
    "members": ["share", "link", "private", "public", "share", "withdraw", "revoke"],
    "community": ["link", "share", "revoke"],
}


@pytest.mark.parametrize("audience", SEES)
def test_others_see_what_the_audience_says(client, do, session, save, audience):
    Session.objects.update(is_favorite=True)
    for deed in DEEDS[audience]:
        told = do(deed)
    assert told == audience
    friend = make_person("friend", balance=50)
    client.force_login(friend)
    link, share = (model.objects.first() for model in (ShareLink, CommunityShare))
    paths = [f"/api/sessions/{session.pk}", f"/api/shared/{link.code if link else uuid4()}"]
    read = [client.get(path) for path in paths]
    saved, _ = save(share or CommunityShare(pk=999_999), friend)
    assert (*[answer.status_code for answer in read], saved) == SEES[audience]
    for answer in read:
        if answer.status_code == 200:
            shown = answer.json()["session"]
            assert (shown["audience"], shown["isFavorite"]) == (audience, None)


def test_whether_it_is_a_favourite_is_shown_to_its_owner(client, author, do):
    do("public")
    Session.objects.update(is_favorite=True)
    for path in (f"/api/sessions/{Session.objects.get().pk}", "/api/sessions"):
        shown = client.get(path).json()
        assert (shown["session"] if "session" in shown else shown[0])["isFavorite"] is True


@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_deeds_at_once_leave_what_is_offered_public(session, attempt):
    answers = all_at_once(
        lambda: share_session(session=session),
        lambda: withdraw_session(session=session),
        lambda: edit_shown_session(session=session, is_public=False),
        lambda: share_session(session=session),
        lambda: edit_shown_session(session=session, is_public=True),
        lambda: link_session(session=session),
        lambda: revoke_link(session=session),
    )
    unexpected = [a for a in answers if isinstance(a, Exception) and not isinstance(a, NeverShared)]
    assert unexpected == []
    check_shares()
    if not CommunityShare.objects.filter(withdrawn_at=None).exists():
        assert not Session.objects.snapshots().exists()
