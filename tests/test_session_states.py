"""What a session says of its link and share, in lists too, so that no client asks for each."""

import pytest

from community.share_links import link_session
from community.sharing import share_session
from tests.factories import make_person, make_session, make_share

SHARE = [
    *["id", "state", "mediaStatus", "changedSinceSharing"],
    *["allowSaves", "allowFeaturing", "saveCount", "sharedAt"],
]


@pytest.fixture
def owner(client, author):
    client.force_login(author)
    return author


def shown(client, session):
    """As the library lists it, which is as it is shown alone."""
    listed = client.get("/api/sessions").json()
    alone = client.get(f"/api/sessions/{session.pk}").json()["session"]
    assert alone in listed
    return alone


def test_every_page_of_the_library_says_how_many_there_are(client, owner):
    for title in ("Fjords", "Lakes", "Fjords in May"):
        make_session(owner, slides=0, title=title)
    make_session(make_person("another"), slides=0)
    first = client.get("/api/sessions", {"limit": 2})
    second = client.get(first["Link"].partition(">")[0][1:])
    assert (first["X-Total-Count"], second["X-Total-Count"], len(second.json())) == ("3", "3", 1)
    assert client.get("/api/sessions", {"search": "fjords"})["X-Total-Count"] == "2"


def test_a_session_shows_its_link_to_its_owner(client, owner):
    session = make_session(owner, slides=1)
    assert shown(client, session)["link"] is None
    told = client.post(f"/api/sessions/{session.pk}/share").json()
    link = shown(client, session)["link"]
    assert link == {name: told[name] for name in ("shareCode", "shareUrl")}
    assert client.get(link["shareUrl"]).status_code == 200


def test_a_session_shows_its_share_to_its_owner(client, owner):
    session = make_session(owner, slides=1)
    path = f"/api/sessions/{session.pk}/community-share"
    for method in ("post", "patch", "delete"):
        told = getattr(client, method)(path, {"allowSaves": False}, format="json").json()
        share = shown(client, session)["communityShare"]
        assert share == {name: told[name] for name in SHARE}
    assert (share["state"], share["allowSaves"], share["changedSinceSharing"]) == (
        "withdrawn",
        False,
        None,
    )


def test_a_share_says_whether_the_session_has_changed_since(client, owner):
    session = make_share(owner, slides=2).session
    slide = session.media.first()

    def changed(path="", **body):
        client.patch(f"/api/sessions/{session.pk}{path}", body, format="json")
        return shown(client, session)["communityShare"]["changedSinceSharing"]

    assert not changed(isFavorite=True)
    assert changed(title="Lakes")
    share_session(session=session)
    assert not changed()
    assert changed(f"/media/{slide.pk}", caption="Dusk")
    client.delete(f"/api/sessions/{session.pk}/media/{slide.pk}")
    assert changed()


def test_others_are_not_told_link_and_share(client, author):
    share = make_share(author, slides=1)
    link = link_session(session=share.session)
    client.force_login(make_person("friend"))
    for path in (f"/api/sessions/{share.session_id}", f"/api/shared/{link.code}"):
        session = client.get(path).json()["session"]
        assert (session["link"], session["communityShare"], session["isFavorite"]) == (None,) * 3
        assert session["audience"] == "community"
