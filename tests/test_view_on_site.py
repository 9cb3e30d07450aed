"""Where “View on site” of the admin leads: to the page of what is being edited, or nowhere."""

import re

import pytest

from community.moderation import hide_share
from community.share_links import link_session
from community.sharing import withdraw_session
from sessions.categories import Category
from tests.factories import make_person, make_session, make_share


@pytest.fixture
def view(admin_client):
    """The address behind the button, which answers; None without a button."""

    def view(path):
        page = admin_client.get(f"/admin/{path}/change/").content.decode()
        button = re.search(r'<a href="([^"]+)" class="viewsitelink"', page)
        site = re.search(r'<a href="([^"]+)">View site</a>', page)
        if button is None:
            assert site[1] == "/"
            return None
        assert (button[1], admin_client.get(button[1]).status_code) == (site[1], 200)
        return button[1]

    return view


def test_of_a_share_to_its_item_also_while_it_is_hidden(view, share):
    for path in ("communityshare", "reportedshare"):
        assert view(f"community/{path}/{share.pk}") == f"/community/{share.pk}"
    hide_share(share=share)
    assert view(f"community/communityshare/{share.pk}") == f"/community/{share.pk}"
    decision = share.decisions.get()
    assert view(f"community/decision/{decision.pk}") == f"/community/{share.pk}"
    withdraw_session(session=share.session)
    assert view(f"community/communityshare/{share.pk}") is None


def test_of_a_session_to_where_others_see_it(view, share):
    path = f"library/session/{share.session_id}"
    code = link_session(session=share.session).code
    assert view(path) == f"/community/{share.pk}"
    withdraw_session(session=share.session)
    assert view(path) == f"/shared/{code}"


def test_of_a_private_session_nowhere(view, author):
    assert view(f"library/session/{make_session(author, slides=0).pk}") is None


def test_of_a_person_to_what_they_share(view, author):
    path = f"users/user/{author.pk}"
    assert view(path) is None
    share = make_share(author, slides=0)
    assert view(path) == f"/people/{author.pk}"
    hide_share(share=share)
    assert view(path) is None


def test_of_a_category_to_what_is_in_it(view):
    category = Category.objects.create(name="Travel", slug="travel")
    assert view(f"library/category/{category.pk}") == "/community?categorySlug=travel"


def test_of_who_shares_nothing_nowhere(view, transactional_db):
    assert view(f"users/user/{make_person('noor').pk}") is None


def test_the_admin_wears_the_brand(admin_client):
    page = admin_client.get("/admin/").content.decode()
    assert re.search("<title>.* JOIP</title>", page)
    assert 'href="/static/pages/admin.css?' in page
    assert re.search(r'id="site-name"><a href="/admin/"><img src="/static/pages/icon.svg', page)
