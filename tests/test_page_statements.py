"""How many statements each page takes: as many for one row as for many."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.moderation import report_share
from community.saving import begin_save
from community.share_links import link_session
from community.sharing import share_session
from sessions.editing import create_session
from sessions.models import Category
from sessions.uploading import add_external_media
from tests.factories import make_person, make_session, set_price
from tests.test_three_people_on_pages import PAGES

pytestmark = pytest.mark.backend_free
MAX_STATEMENTS = 12
NOT_HERE = ("/play/slides", "/cover")  # of what is featured, and of stored pictures


def make_slideshow(owner, slides):
    """Of slides elsewhere, which cost no upload."""
    address = {"external_url": "https://example.org/sea.jpg", "media_type": "image"}
    session = make_session(owner, slides=0)
    add_external_media(session=session, media=[address | {"caption": "The sea"}] * slides)
    return share_session(session=session), link_session(session=session)


def add_rows(author, reader, number):
    for n in range(number):
        share, _ = make_slideshow(author, slides=1)
        begin_save(community_session_id=share.pk, user=reader)
        report_share(community_session_id=share.pk, user=reader, reason="spam", text="")
        create_session(user=author, title=f"Day {n}")
        Category.objects.create(name=f"{author.library.count()}", slug=f"{author.library.count()}")


def statements(client, path):
    """What each does, to which table."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    answer.close()  # what an export takes while it is sent, `test_export` counts
    assert answer.status_code in (200, 302), path
    done = [
        re.match(r'(\w+).*?(?:FROM|INTO|UPDATE|$)( "\w+")?', query["sql"]) for query in captured
    ]
    return [match[1] + (match[2] or "") for match in done if match[2]]


def test_every_page_takes_the_same_statements_for_one_row_as_for_many(transactional_db):
    set_price(1)
    author, reader = (make_person(name, balance=500) for name in ("author", "reader"))
    stranger, of_reader, of_author = Client(), Client(), Client()
    of_reader.force_login(reader)
    of_author.force_login(author)

    def taken(slides):
        share, link = make_slideshow(author, slides)
        place = {"share": share.pk, "session": share.session_id, "code": link.code}
        return {
            (row.path, who): statements(client, row.path.format_map(place | {"owner": author.pk}))
            for row in PAGES
            if not row.path.endswith(NOT_HERE)
            for who, client in enumerate((stranger, of_reader, of_author))
            if not (who == 1 and "{session}" in row.path)
        }

    add_rows(author, reader, 1)
    few = taken(slides=1)
    add_rows(author, reader, 24)
    assert taken(slides=30) == few
    assert max(map(len, few.values())) <= MAX_STATEMENTS
