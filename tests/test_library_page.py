"""The page of one's own sessions, without a script."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.sharing import withdraw_session
from credits.ledger import balance_of
from sessions.copying import fail_copy
from sessions.models import Session
from tests.factories import begin, make_person, make_session, make_share, set_price
from tests.test_pages import text_of


@pytest.fixture
def failed(share, saver, client):
    """A save whose media could not be copied."""
    copy = begin(share, saver)
    fail_copy(copy, reason="for a test")
    client.force_login(saver)
    return copy


def cards(answer):
    titles = re.findall(r'<span class="title">(.*?)</span>', answer.content.decode())
    return [html.unescape(title) for title in titles]


def test_an_empty_library_says_the_first_steps_and_what_they_cost(client, transactional_db):
    set_price(10)
    client.force_login(make_person("ada"))
    page = text_of(client.get("/library"))
    assert "First steps:" in page
    assert "for 10 credits" in page
    assert "You have 50 credits." in page


def test_shelves_hold_what_their_names_say(client, share, author, saver, save):
    save(share, saver)
    make_session(saver, slides=0, title="Mine", is_favorite=True)
    make_share(saver, slides=0, title="Shown")
    begin(make_share(author, slides=1, title="Under way"), saver)
    failed = begin(make_share(author, slides=1, title="Broken"), saver)
    fail_copy(failed, reason="for a test")
    client.force_login(saver)
    shown = {
        shelf: cards(client.get(f"/library?shelf={shelf}&sort=oldest"))
        for shelf in ("all", "favorites", "own", "saved", "shared", "copying", "failed")
    }
    assert shown == {
        "all": ["Fjords in May", "Mine", "Shown", "Under way", "Broken"],
        "favorites": ["Mine"],
        "own": ["Mine", "Shown"],
        "saved": ["Fjords in May", "Under way", "Broken"],
        "shared": ["Shown"],
        "copying": ["Under way"],
        "failed": ["Broken"],
    }


def test_a_search_and_an_order_stay_while_one_goes_on(client, author):
    client.force_login(author)
    for number in range(30):
        make_session(author, slides=0, title=f"Walk {number:02}")
    make_session(author, slides=0, title="Soups")
    first = client.get("/library?shelf=own&search=walk&sort=title")
    following = re.search(r'class="button quiet" href="(\?[^"]+)"', first.content.decode())[1]
    rest = client.get(f"/library{html.unescape(following)}")
    assert cards(first) + cards(rest) == [f"Walk {number:02}" for number in range(30)]


def test_a_failed_save_is_tried_again_in_its_place(client, failed, saver):
    assert "Try again for 10 credits" in text_of(client.get("/library?shelf=failed"))
    form = {"query": "shelf=saved"}
    answer = client.post(f"/library/{failed.pk}/retry", form, follow=True)
    assert answer.redirect_chain == [("/library?shelf=saved", 302)]
    assert "“Fjords in May” is saved." in text_of(answer)
    failed.refresh_from_db()
    assert (failed.media_status, balance_of(saver)) == ("ready", 40)


def test_why_it_cannot_be_tried_again_is_said_beside_it(client, failed, share, saver):
    withdraw_session(session=share.session)
    answer = client.post(f"/library/{failed.pk}/retry")
    assert answer.status_code in (403, 404)
    card = text_of(answer).split("Fjords in May", 1)[1]
    assert "not public" in card or "not shared" in card
    assert balance_of(saver) == 50


def test_what_was_not_saved_is_not_tried_again(client, author):
    client.force_login(author)
    session = make_session(author, slides=0)
    assert client.post(f"/library/{session.pk}/retry").status_code == 404


def test_a_new_slideshow_that_is_too_expensive_says_so_and_keeps_its_title(client, author):
    set_price(60)
    client.force_login(author)
    answer = client.post("/library/new", {"title": "By train"})
    assert answer.status_code == 402
    assert "10 are missing. Your credits" in text_of(answer)
    assert 'value="By train"' in answer.content.decode()
    assert not Session.objects.exists()


def test_the_progress_of_a_copy_is_asked_until_it_is_there(client, share, saver, save):
    copy = begin(share, saver)
    client.force_login(saver)
    path = f"/library/{copy.pk}/progress"
    under_way = client.get(path).content.decode()
    assert "copying 0 of 3" in under_way
    assert 'hx-trigger="every' in under_way
    fail_copy(copy, reason="for a test")
    failed = client.get(path).content.decode()
    assert "Try again" in failed
    assert "hx-trigger" not in failed
    save(share, saver)
    assert "copying" not in client.get(path).content.decode()


def test_a_script_marks_a_favourite_in_its_place(client, author):
    client.force_login(author)
    session = make_session(author, slides=0)
    path, script = f"/library/{session.pk}/favorite", {"HX-Request": "true"}
    answer = client.post(path, {"favorite": "on"}, headers=script).content.decode()
    assert answer.startswith("<form")
    assert "★" in answer


def test_a_script_deletes_and_gets_a_sentence(client, author):
    client.force_login(author)
    session = make_session(author, slides=0)
    path, script = f"/library/{session.pk}/delete", {"Accept": "text/plain"}
    answer = client.post(path, headers=script)
    assert answer.content.decode() == "“Fjords in May” is deleted."
    assert client.post(path, headers=script).status_code == 404
    client.logout()
    assert client.post(path, headers=script).status_code == 401
    assert client.post(path)["Location"] == "/accounts/login/?next=/library"


def test_nobody_else_follows_tries_or_marks(client, failed, author):
    client.force_login(author)
    for path, method in (("progress", client.get), ("retry", client.post)):
        assert method(f"/library/{failed.pk}/{path}").status_code == 404


def test_storage_is_counted(client, author, settings):
    settings.STORAGE_QUOTA_MB = 2
    client.force_login(author)
    make_session(author, slides=1)
    assert re.search(
        r"Storage: \d+ bytes of 2.0 MB used", text_of(client.get("/library")).replace("\xa0", " ")
    )


@pytest.mark.parametrize(
    "query", ["", "?shelf=shared", "?search=fjord&sort=title", "?shelf=copying"]
)
def test_statements_do_not_grow_with_the_library(client, author, saver, query):
    set_price(1)
    client.force_login(saver)
    counts = []
    for number in (1, 6):
        for _ in range(number):
            make_share(saver, slides=1)
            begin(make_share(author, slides=1), saver)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/library{query}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
