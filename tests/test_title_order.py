"""A library sorted by title: the same order on both databases."""

import re

import pytest

from tests.factories import make_session

TITLES = ["…", "Day 2", "“Day” 10", "Eclair", "eclair", "éclair", "Ørsta", "Oslo", "Zebra", "Ёлка"]


@pytest.fixture
def owner(client, author):
    client.force_login(author)
    return author


def test_titles_sort_by_their_words_on_every_page_of_either_direction(client, owner):
    titles = [*TITLES, "\U00020001" * 200, "\U00020002" * 200]
    for title in titles[::-1]:
        make_session(owner, slides=0, title=title)
    seen, address = [], "/api/sessions?sort=title&limit=1"
    for rel in ["next"] * 11 + ["prev"] * 11:
        answer = client.get(address)
        seen += [session["title"] for session in answer.json()]
        address = re.search(rf'<([^>]*)>; rel="{rel}"', answer["Link"])[1]
    assert seen == [*titles[:-1], *titles[:0:-1]]


def test_a_changed_title_sorts_anew(client, owner):
    first, _ = [make_session(owner, slides=0, title=title) for title in ("Å", "B")]
    client.patch(f"/api/sessions/{first.pk}", {"title": "Ö"}, format="json")
    listed = client.get("/api/sessions?sort=title").json()
    assert [session["title"] for session in listed] == ["B", "Ö"]
