"""Pages and static files are sent compressed, and what browsers have they keep."""

import gzip
import re

import pytest
from django.test import Client

from joip.pages.static_files import version_of
from tests.factories import make_share

pytestmark = pytest.mark.backend_free

STYLES = "/static/pages/pages.css"


def get(path, **headers):
    answer = Client().get(path, headers={"Accept-Encoding": "gzip, br"} | headers)
    return answer, b"".join(answer)


@pytest.mark.parametrize("path", ["/", STYLES, "/static/django_htmx/htmx-2.min.js", "/none"])
def test_pages_and_static_files_are_compressed(path, transactional_db):
    answer, body = get(path)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    plain = b"".join(Client().get(path))
    assert gzip.decompress(body) == plain
    assert len(body) < 0.7 * len(plain)


def test_the_length_of_a_page_says_nothing_about_a_secret_in_it(transactional_db):
    lengths = {len(get("/")[1]) for _ in range(12)}
    assert len(lengths) > 3


def test_what_pages_use_is_kept_for_good_under_an_address_of_its_version(transactional_db):
    page = Client().get("/").content.decode()
    used = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert f"{STYLES}?v={version_of('pages/pages.css')}" in used
    for address in used:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        assert get(address)[0]["Cache-Control"] == "max-age=315360000, public, immutable"


def test_what_is_not_versioned_is_asked_for_again_and_not_sent_again(transactional_db):
    admin = "/static/admin/css/base.css"
    answer, _ = get(admin)
    assert "immutable" not in answer["Cache-Control"]
    again, body = get(admin, **{"If-Modified-Since": answer["Last-Modified"]})
    assert (again.status_code, body) == (304, b"")


def test_a_part_of_a_file_is_a_part_of_the_file(transactional_db):
    answer, body = get(STYLES, Range="bytes=0-9")
    assert (answer.status_code, len(body)) == (206, 10)
    assert "Content-Encoding" not in answer


def test_the_api_and_media_are_sent_as_they_are(author, settings):
    share = make_share(author, slides=1)
    answer, _ = get("/api/schema")
    assert "Content-Encoding" not in answer
    if not settings.S3_ENDPOINT_URL:
        picture, _ = get(share.snapshot.media.get().url)
        assert "Content-Encoding" not in picture


def test_the_first_page_weighs_less_than_60_kb(transactional_db):
    page = get("/")[1]
    used = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js)\?[^"]+)"', Client().get("/").text)
    assert len(used) >= 2
    assert len(page) + sum(len(get(address)[1]) for address in used) < 60_000
