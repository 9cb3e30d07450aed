"""The home page of those who are signed out: what this is, what is featured, ways in."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.featuring import feature_share
from community.sharing import edit_share
from joip.demo.plan import SAVER
from tests.factories import make_share
from tests.test_pages import text_of


def feature(*shares):
    for share in shares:
        edit_share(session=share.session, allow_featuring=True)
        feature_share(share=share)


def test_it_says_what_this_is_and_leads_in(client, transactional_db):
    page = client.get("/")
    assert "Captioned slideshows of pictures and videos" in text_of(page)
    assert "Watch one now" not in text_of(page)
    for path in ("/accounts/signup/", "/accounts/login/"):
        assert f'href="{path}"' in page.content.decode()


def test_where_nobody_may_sign_up_it_offers_to_sign_in_only(client, transactional_db, settings):
    settings.REGISTRATION_OPEN = False
    assert re.findall('class="button" href="([^"]+)">', main_of(client)) == ["/accounts/login/"]


def main_of(client):
    return client.get("/").content.decode().split("<main", 1)[1]


def test_members_go_on_to_the_community(client, author):
    client.force_login(author)
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/community")


def test_what_is_featured_plays_at_a_click_with_its_picture(client, share):
    feature(share)
    page = client.get("/")
    assert "Fjords in May Ines · 3 slides" in text_of(page)
    main = main_of(client)
    play = re.search(r'<a href="(/community/\d+/play\?autoplay=1)">', main)[1]
    assert client.get(play).status_code == 200
    picture = re.search(r'<img src="([^"]+)" alt="" width="8" height="6"', main)[1]
    assert picture.replace("&amp;", "&").startswith(("/media/", "http"))


def test_titles_are_no_markup(client, author):
    feature(make_share(author, slides=0, title="<script>alert(1)</script>"))
    assert "<script>alert" not in main_of(client)


def test_more_that_is_featured_takes_no_more_statements(client, author):
    counts = []
    for _ in range(2):
        feature(make_share(author, slides=1))
        with CaptureQueriesContext(connection) as statements:
            client.get("/")
        counts.append(len(statements))
    assert counts == [1, 1]


@pytest.fixture
def debugging(settings, transactional_db):
    settings.DEBUG = True


def test_a_visitor_of_the_demo_comes_in_with_one_click(debugging, client):
    assert "This is the demo" not in main_of(client)
    call_command("seed_demo", verbosity=0)
    form = main_of(client).split("This is the demo", 1)[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(username|password)" value="([^"]*)"', form))
    answer = client.post(re.search('action="([^"]+)"', form)[1], fields)
    assert fields["username"] == SAVER
    assert (answer.status_code, answer["Location"]) == (302, "/community")
