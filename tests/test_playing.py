"""The pages with the player show what the API shows, to whom the API shows it."""

import json
import re
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.shortcuts import resolve_url
from django.test.utils import CaptureQueriesContext

from community.moderation import hide_share
from community.share_links import link_session
from joip.pages.playing import next_in_feed
from sessions.uploading import add_external_media
from tests.factories import make_person, make_session, make_share, set_price


@pytest.fixture
def friend(transactional_db):
    return make_person("friend", balance=50)


def shown(page):
    """What the player is given, and where it asks again."""
    slides = re.search(r'<script id="slides" type="application/json">(.*?)</script>', page)
    return json.loads(slides[1]), unescape(re.search('<joip-player source="([^"]+)"', page)[1])


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("of", ["community", "library", "shared"])
def test_a_page_holds_what_the_api_answers_where_it_asks_again(client, author, friend, share, of):
    session = share.session
    code = link_session(session=session).code
    page, person = {
        "community": (f"/community/{share.pk}/play", friend),
        "library": (f"/library/{session.pk}/play", author),
        "shared": (f"/shared/{code}/play", friend),
    }[of]
    client.force_login(person)
    data, source = shown(text(client.get(page)))
    assert len(data["media"]) == 3
    assert data == client.get(source).json()


@pytest.mark.parametrize("page", ["community/1", "library/1", f"shared/{'0' * 8}"])
def test_who_is_signed_out_signs_in_and_comes_back(client, page, transactional_db):
    answer = client.get(f"/{page}/play?autoplay=1")
    back = f"next=/{page}/play%3Fautoplay%3D1"
    assert answer.status_code == 302
    assert answer["Location"] == f"{resolve_url(settings.LOGIN_URL)}?{back}"


def test_what_the_api_does_not_show_is_not_found(client, author, friend, share):
    private = make_session(author)
    hide_share(share=share, note="not here")
    client.force_login(friend)
    for page in (
        f"/community/{share.pk}/play",
        f"/community/{2**70}/play",
        f"/library/{private.pk}/play",
        f"/library/{share.session.pk}/play",
        "/shared/nothing/play",
    ):
        assert client.get(page).status_code == 404, page


def test_autoplay_and_loop_are_asked_for(client, author):
    session = make_session(author)
    client.force_login(author)
    page = text(client.get(f"/library/{session.pk}/play"))
    assert " autoplay" not in page
    assert 'name="loop">' in page
    page = text(client.get(f"/library/{session.pk}/play?autoplay=1&loop=1"))
    assert f'source="/api/sessions/{session.pk}" autoplay' in page
    assert 'name="loop" checked>' in page


def test_a_session_without_slides_says_so(client, author):
    session = make_session(author, slides=0)
    client.force_login(author)
    page = text(client.get(f"/library/{session.pk}/play"))
    assert "has no slides yet" in page
    assert "<joip-player" not in page


def test_captions_and_titles_are_no_markup(client, author):
    evil = "</script><script>alert(1)</script>"
    session = make_session(author, slides=0, title=evil)
    slide = {"external_url": "https://example.org/a.jpg", "media_type": "image", "caption": evil}
    add_external_media(session=session, media=[slide])
    client.force_login(author)
    page = text(client.get(f"/library/{session.pk}/play"))
    assert "<script>alert" not in page
    assert shown(page)[0]["media"][0]["caption"] == evil


def test_a_page_takes_no_more_statements_for_more_slides(client, author):
    client.force_login(author)
    counts = []
    for slides in (1, 12):
        page = f"/library/{make_session(author, slides=slides).pk}/play"
        with CaptureQueriesContext(connection) as statements:
            text(client.get(page))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_next_in_the_feed_is_the_open_share_below(author, friend):
    set_price(10)
    oldest, hidden, newest = (make_share(author, slides=1) for _ in range(3))
    hide_share(share=hidden, note="not here")
    assert next_in_feed(newest) == oldest.pk
    assert next_in_feed(oldest) is None
