"""Pages of a list: all of it, in order, there and back, whatever is equal in it."""

import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from joip.api.paging import PageQuery, Pages
from joip.errors import InvalidFields
from joip.users.models import User
from sessions.models import Session

pytestmark = pytest.mark.django_db

ORDERS = [("-id",), ("id",), ("-updated_at", "-id"), ("title", "id")]


class SessionId(serializers.BaseSerializer):
    def to_representation(self, session):
        return session.pk


def make_sessions(titles):
    """Sessions of which every seven were changed at the same moment."""
    owner = User.objects.create_user("owner")
    sessions = Session.objects.bulk_create(Session(owner=owner, title=title) for title in titles)
    for number, session in enumerate(sessions):
        session.updated_at = datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(
            microseconds=number // 7
        )
    Session.objects.bulk_update(sessions, ["updated_at"], batch_size=200)


def get_page(order, address):
    """The ids on the page at this address, and the addresses of its neighbours by `rel`."""
    request = Request(APIRequestFactory().get(address))
    limit = int(request.query_params["limit"])
    answer = Pages(*order, limit=limit).answer(request, Session.objects.all(), SessionId)
    links = re.findall(r'<([^>]+)>; rel="(next|prev)"', answer.headers.get("Link", ""))
    return answer.data, {rel: address for address, rel in links}


def walk(order, address, rel):
    """The pages from this address on in one direction, and the address of the last."""
    page, links = get_page(order, address)
    pages = [page]
    while rel in links:
        address = links[rel]
        page, links = get_page(order, address)
        pages.append(page)
    return pages, address


def cursor_in(address):
    return parse_qs(urlsplit(address).query)["cursor"][0]


def check_there_and_back(order, limit):
    """Everything is on the pages once and in order, either way; their sizes."""
    there, last = walk(order, f"/list?limit={limit}", "next")
    back, _ = walk(order, last, "prev")
    expected = list(Session.objects.order_by(*order).values_list("pk", flat=True))
    assert list(chain(*there)) == expected
    assert list(chain(*reversed(back))) == expected
    return [len(page) for page in there]


@pytest.mark.parametrize("order", ORDERS, ids=",".join)
@pytest.mark.parametrize("limit", [1, 7, 10, 49, 50, 51])
def test_there_and_back_shows_everything_once_in_order(order, limit):
    make_sessions(["b", "B", "ä", "", "Z", "b", "_", "\U0001f30d", "b", "a b"] * 5)
    assert set(check_there_and_back(order, limit)[:-1]) <= {limit}


@pytest.mark.parametrize("order", ORDERS, ids=",".join)
def test_1500_equal_titles_page_completely(order):
    make_sessions(["Fjords"] * 1500)
    assert check_there_and_back(order, limit=200) == [200] * 7 + [100]


@pytest.mark.parametrize("titles", [["b"] * 40, "abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc"])
def test_turning_round_anywhere_comes_to_the_same_pages(titles):
    make_sessions(titles)
    before, links = get_page(("title", "id"), "/list?limit=8")
    while "next" in links:
        here, links = get_page(("title", "id"), links["next"])
        again, back = get_page(("title", "id"), links["prev"])
        assert (again, get_page(("title", "id"), back["next"])[0]) == (before, here)
        before = here


def test_a_list_that_fits_one_page_has_no_links():
    make_sessions(["Fjords"] * 10)
    page, links = get_page(("-id",), "/list?limit=10")
    assert (len(page), links) == (10, {})
    Session.objects.all().delete()
    assert get_page(("-id",), "/list?limit=10") == ([], {})


def test_rows_that_come_or_go_meanwhile_move_no_others():
    make_sessions("abcdef")
    first, links = get_page(("title", "id"), "/list?limit=2")
    owner = User.objects.get()
    Session.objects.filter(pk=first[-1]).delete()
    Session.objects.create(owner=owner, title="a new one")
    rest, _ = walk(("title", "id"), links["next"], "next")
    titles = dict(Session.objects.values_list("pk", "title"))
    assert [titles[pk] for page in rest for pk in page] == ["c", "d", "e", "f"]


def test_a_cursor_of_one_order_is_refused_in_another():
    make_sessions("abc")
    for order in ORDERS:
        _, links = get_page(order, "/list?limit=1")
        for other in set(ORDERS) - {order}:
            with pytest.raises(InvalidFields) as refused:
                get_page(other, links["next"])
            assert refused.value.body["fields"] == {"cursor": ["Not a cursor of this list."]}


def test_links_keep_the_other_parameters():
    make_sessions("abc")
    _, links = get_page(("title", "id"), "/list?tags=a%26b&limit=1&sort=")
    query = parse_qs(urlsplit(links["next"]).query, keep_blank_values=True)
    assert query.pop("cursor")
    assert query == {"tags": ["a&b"], "limit": ["1"], "sort": [""]}


def test_the_cursor_of_the_longest_title_is_accepted():
    title = "".join(chr(0x1F300 + 7 * number % 1000) for number in range(200))
    make_sessions([title] * 2)
    _, links = get_page(("title", "id"), "/list?limit=1")
    query = PageQuery(data={"cursor": cursor_in(links["next"])})
    assert query.is_valid(), query.errors


@pytest.mark.parametrize("order", ORDERS, ids=",".join)
def test_a_page_is_one_query(order):
    make_sessions(["Fjords"] * 30)
    _, links = get_page(order, "/list?limit=10")
    with CaptureQueriesContext(connection) as captured:
        get_page(order, links["next"])
    assert len(captured) == 1
