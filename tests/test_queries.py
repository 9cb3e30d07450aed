"""How many statements and store requests things take; time is for the benchmark."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.saving import save_session
from community.share_links import link_session
from joip.users.models import User
from sessions import object_copies
from sessions.models import Category
from tests.factories import add_slides, make_person, make_session, make_share, set_price

# Django asks SQLite once in a process whether it knows JSON.
NOT_COUNTED = ("BEGIN", "COMMIT", "SELECT JSON(")


@pytest.fixture(autouse=True)
def _no_second_passes(monkeypatch):
    # A copy records every second; a slow machine must not count more of them.
    monkeypatch.setattr(object_copies, "REPORT_SECONDS", 600)


def statements(client, share):
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/api/community/sessions/{share.pk}/save")
    assert answer.status_code == 200
    return [q["sql"] for q in captured if not q["sql"].startswith(NOT_COUNTED)]


def test_a_first_save_takes_at_most_21_statements_and_a_repeat_3(client, author, share):
    client.force_login(User.objects.create_user("newcomer"))
    assert len(statements(client, share)) <= 21
    assert len(statements(client, share)) <= 3


def test_statements_do_not_grow_with_media(client, author, transactional_db, saver):
    set_price(10)
    small, large = make_share(author, slides=1), make_share(author, slides=300)
    client.force_login(saver)
    assert len(statements(client, large)) == len(statements(client, small))


def test_statements_do_not_grow_with_the_number_of_copies_in_a_line(client, share):
    def saved_and_shared(share):
        person = make_person(f"saver of {share.pk}")
        client.force_login(person)
        saving = len(statements(client, share))
        session = person.library.get()
        path = f"/api/sessions/{session.pk}/community-share"
        return (saving, requested(client, "POST", path, {})), session.community_share

    first, share = saved_and_shared(share)
    for _ in range(3):
        another, share = saved_and_shared(share)
        assert another == first
    assert share.session.origins.count() == 4


def test_the_store_is_asked_once_for_each_object(share, proxy, author, saver, save):
    share = make_share(author, slides=20)
    proxy.forget()
    assert save(share, saver)[0] == 200
    assert len(proxy.copies) == len(proxy.requests) == 20 + proxy.faults_of_the_store


def requested(client, method, path, body=None):
    """How many statements a request takes."""
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(method, path, json.dumps(body), "application/json")
    assert answer.status_code < 300, answer.json()
    return len([q for q in captured if not q["sql"].startswith(NOT_COUNTED)])


def test_a_session_is_read_in_the_same_statements_however_many_slides(client, author, share):
    large = make_share(author, slides=30)
    client.force_login(author)
    small, large = (
        requested(client, "GET", f"/api/sessions/{session.pk}")
        for session in (share.session, large.session)
    )
    assert small == large <= 5


def test_a_library_is_listed_in_the_same_statements_however_large(client, author):
    client.force_login(author)
    link_session(session=make_share(author, slides=1).session)
    small = requested(client, "GET", "/api/sessions")
    for number in range(20):
        make_session(author, slides=number % 3)
    for _ in range(3):
        link_session(session=make_share(author, slides=0).session)
    assert requested(client, "GET", "/api/sessions") == small == 5


def test_categories_are_listed_in_one_statement(client, author):
    client.force_login(author)
    for number in range(5):
        Category.objects.create(name=f"Place {number}", slug=f"place-{number}")
    assert requested(client, "GET", "/api/categories") == 3


FEED = [
    "",
    "?sort=top",
    "?sort=hot",
    "?search=fjord",
    "?subreddit=norway",
    "?categorySlug=travel",
    "?pageSize=1&page=2",
]


@pytest.mark.parametrize("query", FEED)
def test_a_page_of_the_feed_takes_the_same_statements_however_many(
    client, author, saver, share, query
):
    category = Category.objects.create(name="Travel", slug="travel")
    for _ in range(2):
        make_share(author, slides=1, category=category, subreddits=["norway"])
    client.force_login(saver)
    few = requested(client, "GET", f"/api/community{query}")
    for number in range(8):
        more = make_share(author, slides=number, category=category, subreddits=["norway"])
        if number % 2:
            save_session(community_session_id=more.pk, user=saver)
    assert requested(client, "GET", f"/api/community{query}") == few <= 7


def test_an_item_of_the_feed_takes_the_same_statements_however_many_slides(client, author, share):
    large = make_share(author, slides=30)
    client.force_login(author)
    small, large = (
        requested(client, "GET", f"/api/community/sessions/{one.pk}") for one in (share, large)
    )
    assert small == large <= 7


def test_slides_are_changed_in_the_same_statements_however_many(client, author):
    client.force_login(author)
    counts = set()
    for slides in (2, 40):
        session = make_session(author, slides=slides)
        first, *rest = session.media.values_list("pk", flat=True)
        path = f"/api/sessions/{session.pk}/media"
        counts.add(
            (
                requested(client, "PATCH", f"{path}/{first}", {"isThumbnail": True}),
                requested(client, "PUT", f"{path}/order", {"mediaIds": [*rest, first]}),
                requested(client, "DELETE", f"{path}/{first}"),
            )
        )
    assert len(counts) == 1


def test_an_upload_asks_the_store_once_for_each_file_and_each_rendition(client, author, proxy):
    client.force_login(author)
    session = make_session(author, slides=0)
    proxy.forget()
    add_slides(session, *range(5))
    assert [request.method for request in proxy.requests] == ["PUT"] * 10
