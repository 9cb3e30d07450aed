"""What is shown of a session, and to whom once staff have hidden it; see also test_three_people."""

import pytest
from django.test import Client

from community.featuring import feature_share
from community.moderation import hide_share
from community.sharing import edit_share
from tests.factories import make_person, make_session

NOT_FOUND = (404, {"message": "Session not found", "code": "SESSION_NOT_FOUND"})


def read(person, pk):
    client = Client()
    client.force_login(person)
    answer = client.get(f"/api/sessions/{pk}")
    return answer.status_code, answer.json()


def test_a_hidden_session_is_read_by_its_owner_and_staff_only(author, share):
    hide_share(share=share)
    assert read(make_person("friend"), share.session_id) == NOT_FOUND
    assert read(author, share.session_id)[0] == 200
    assert read(make_person("staff", is_staff=True), share.session_id)[0] == 200


def test_a_hidden_session_that_was_featured_plays_for_nobody_signed_out(share):
    feature_share(share=edit_share(session=share.session, allow_featuring=True))
    paths = [f"/community/{share.pk}/{page}" for page in ("play", "play/slides", "cover")]
    assert [Client().get(path).status_code for path in paths] == [200, 200, 302]
    hide_share(share=share)
    assert [Client().get(path).status_code for path in paths] == [302, 404, 404]
    assert f"/community/{share.pk}" not in Client().get("/").content.decode()


def test_a_session_is_shown_whole_with_its_media_in_order(author):
    session = make_session(author, slides=2, subreddits=["norway"])
    session.media.filter(order=1).update(is_thumbnail=True)
    status, body = read(author, session.pk)
    shown = body["session"]
    times = {shown.pop("createdAt"), shown.pop("updatedAt")}
    assert shown.pop("mediaExpiresAt") == body["media"][1]["mediaExpiresAt"]
    assert (status, len(times)) == (200, 2)
    assert shown.pop("thumbnail") == body["media"][1]["thumbnail"]
    assert shown == {
        "id": session.pk,
        "title": "Fjords in May",
        "userId": author.pk,
        "subreddits": ["norway"],
        "categoryId": None,
        "intervalMin": 3,
        "intervalMax": 10,
        "transition": "fade",
        "aiPrompt": "",
        "captionTheme": "",
        "isPublic": False,
        "audience": "private",
        "link": None,
        "communityShare": None,
        "isFavorite": False,
        "isManualMode": False,
        "isImported": False,
        "importSource": "",
        "importUrl": "",
        "savedFrom": None,
        "mediaStatus": "ready",
        "copyFailure": None,
        "mediaCount": 2,
        "mediaCopied": 2,
    }
    first, second = body["media"]
    del first["mediaUrl"], first["thumbnail"], first["mediaExpiresAt"], first["placeholder"]
    assert first.pop("renditions").keys() == {"small", "large"}
    assert first == {
        "width": 8,
        "height": 6,
        "duration": None,
        "id": session.media.first().pk,
        "sessionId": session.pk,
        "caption": "Fjord 0",
        "type": "image",
        "isThumbnail": False,
        "redditPostId": "",
        "redditPostUrl": "",
        "subreddit": "",
        "order": 0,
    }
    assert (second["order"], second["isThumbnail"]) == (1, True)


@pytest.mark.parametrize(
    "path",
    [
        *["general/../joip.sqlite3", "general/%2e%2e/joip.sqlite3", "general/community"],
        *["staticfiles/admin/css/base.css", "general//etc/passwd", "general/a%00b", "nowhere/a"],
    ],
)
def test_nothing_outside_the_buckets_is_served(client, share, path):
    assert client.get(f"/media/{path}").status_code in (400, 404)
