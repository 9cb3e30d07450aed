"""Sharing by link: one code for each session, which shows it to whoever has the code."""

from uuid import UUID, uuid4

import pytest

from community.models import ShareLink
from community.moderation import hide_share, unhide_share
from community.sharing import share_session
from sessions.editing import edit_session
from tests.factories import make_person, make_session

NOT_FOUND = (404, {"message": "Session not found", "code": "SESSION_NOT_FOUND"})


@pytest.fixture
def session(client, author):
    client.force_login(author)
    return make_session(author)


@pytest.fixture
def link(client, session):
    """A new link of the session: its code and address."""
    answer = client.post(f"/api/sessions/{session.pk}/share")
    assert answer.status_code == 200
    return answer.json()


def ask(client, path):
    answer = client.get(path)
    return answer.status_code, answer.json()


def test_a_link_has_a_random_code_and_leaves_the_session_private(session, link):
    code = ShareLink.objects.get().code
    assert code.version == 4
    assert link == {
        "shareCode": str(code),
        "shareUrl": f"http://testserver/shared/{code}",
        "audience": "link",
    }
    session.refresh_from_db()
    assert not session.is_public


def test_who_tries_numbers_does_not_find_what_is_shared_by_link(client, session, link):
    client.force_login(make_person("friend"))
    assert ask(client, f"/api/sessions/{session.pk}") == NOT_FOUND
    assert ask(client, f"/api/shared/{link['shareCode']}")[0] == 200


def test_a_session_without_slides_can_be_shared_by_link(client, author):
    client.force_login(author)
    address = f"/api/sessions/{make_session(author, slides=0).pk}/share"
    assert client.post(address).status_code == 200


def test_asking_again_gives_the_same_link(client, session, link):
    assert client.post(f"/api/sessions/{session.pk}/share").json() == link


def test_the_preview_is_for_the_signed_out_too(client, author, session, link):
    client.logout()
    status, body = ask(client, f"/api/shared/{link['shareCode']}/preview")
    assert f"renditions/{session.media.first().rendition}/small.webp" in body.pop("thumbnail")
    assert body.pop("mediaExpiresAt")  # see test_media_addresses
    assert (status, body) == (
        200,
        {
            "title": "Fjords in May",
            "mediaCount": 3,
            "user": {"id": author.pk, "displayName": "Ines"},
        },
    )


def test_the_whole_session_is_for_the_signed_in(client, author, session, link):
    path = f"/api/shared/{link['shareCode']}"
    client.logout()
    assert ask(client, path) == (401, {"message": "Unauthorized"})
    client.force_login(make_person("friend"))
    status, body = ask(client, path)
    assert (status, body["session"]["id"], len(body["media"])) == (200, session.pk, 3)


def test_the_page_behind_the_address_shows_the_preview(client, link):
    client.logout()
    page = client.get(link["shareUrl"]).content.decode()
    for word in ("Fjords in May", "Ines", "3 slides", "<img src="):
        assert word in page
    assert client.get(f"/shared/{uuid4()}").status_code == 404


def test_a_title_is_no_markup_on_the_page(client, session, link):
    edit_session(session=session, title="<script>alert(1)</script>")
    assert "<script>" not in client.get(link["shareUrl"]).content.decode()


def test_a_revoked_code_is_worthless_for_good(client, session, link):
    answer = client.delete(f"/api/sessions/{session.pk}/share")
    private = {"success": True, "isPublic": False, "audience": "private"}
    assert (answer.status_code, answer.json()) == (200, private)
    for path in ("", "/preview"):
        assert ask(client, f"/api/shared/{link['shareCode']}{path}") == NOT_FOUND
    assert client.post(f"/api/sessions/{session.pk}/share").json() != link
    assert ask(client, f"/api/shared/{link['shareCode']}") == NOT_FOUND


def test_a_code_opens_a_private_session_and_no_hidden_one(client, author, session, link):
    share = share_session(session=session)
    path = f"/api/shared/{link['shareCode']}"
    friend = make_person("friend")
    hide_share(share=share)
    for person, status in [(friend, 404), (author, 200)]:
        client.force_login(person)
        assert [ask(client, path)[0], ask(client, f"{path}/preview")[0]] == [status] * 2
    client.logout()
    assert ask(client, f"{path}/preview") == NOT_FOUND
    unhide_share(share=share)
    edit_session(session=session, is_public=False)
    client.force_login(friend)
    assert ask(client, path)[0] == 200


def test_who_may_read_but_not_share_is_told_so(client, session, link):
    edit_session(session=session, is_public=True)
    client.force_login(make_person("friend"))
    answer = client.post(f"/api/sessions/{session.pk}/share")
    told = {"message": "You do not have permission to share this session"}
    assert (answer.status_code, answer.json()) == (403, told)
    edit_session(session=session, is_public=False)
    answer = client.post(f"/api/sessions/{session.pk}/share")
    assert (answer.status_code, answer.json()) == NOT_FOUND


@pytest.mark.parametrize("code", ["1", "", "x" * 5000, "{%s}", "urn:uuid:%s", "%s%0A", "%s0"])
def test_what_is_no_code_leads_nowhere(client, link, code):
    path = f"/api/shared/{code.replace('%s', link['shareCode'])}"
    assert client.get(path).status_code == 404
    assert client.get(f"{path}/preview").status_code == 404


def test_the_case_of_a_code_does_not_matter(client, link):
    assert UUID(link["shareCode"])
    assert client.get(f"/api/shared/{link['shareCode'].upper()}").status_code == 200
