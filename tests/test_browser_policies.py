"""What browsers are told about pages, answers of the API and media: policies, and no caching."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from community.share_links import link_session
from tests.factories import make_share
from tests.test_staff_pages import all_pages, rows  # noqa: F401  # a fixture

MEDIA = "'self' data: https: http:"
STORE = re.match("https?://[^/]+", settings.S3_PUBLIC_ENDPOINT_URL)
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": f"{MEDIA} {STORE[0]}" if STORE else MEDIA,
    "media-src": f"{MEDIA} {STORE[0]}" if STORE else MEDIA,
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
NONCE = re.compile(r" 'nonce-([^']+)'")


class Inline(HTMLParser):
    """What the policy would stop: scripts, styles and handlers that stand in the page itself."""

    def __init__(self, page, nonce):
        super().__init__()
        self.nonce, self.stopped = nonce, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        stands_here = tag == "style" or (tag == "script" and "src" not in named)
        if stands_here and (self.nonce is None or named.get("nonce") != self.nonce):
            self.stopped.append(self.get_starttag_text())
        if any(name.startswith("on") or name == "style" for name in named):
            self.stopped.append(self.get_starttag_text())


def check(answer):
    """The policy of the answer is ours, and stops nothing in its page."""
    answer.close()  # files of static
    header = answer.headers["Content-Security-Policy"]
    nonces = set(NONCE.findall(header))
    assert len(nonces) < 2
    told = dict(part.split(" ", 1) for part in NONCE.sub("", header).split("; "))
    assert told == POLICY
    if answer.headers["Content-Type"].startswith("text/html"):
        assert Inline(answer.content.decode(), next(iter(nonces), None)).stopped == []


@pytest.fixture
def pages(author):
    link = link_session(session=make_share(author, slides=1).session)
    return ["/", f"/shared/{link.code}", "/api/docs", "/admin/login/", "/admin/", "/shared/none"]


def test_every_page_has_a_policy_that_stops_nothing_in_it(pages):
    for page in [
        *pages,
        "/none",
        "/media/general/none",
        "/static/admin/css/base.css",
        "/api/schema",
    ]:
        check(Client().get(page))
    check(Client(enforce_csrf_checks=True).post("/admin/login/"))


def test_every_page_of_the_admin_works_under_the_policy(rows, admin_client, subtests):  # noqa: F811
    for page, address in all_pages(rows).items():
        with subtests.test(page=page):
            check(admin_client.get(address))


def test_a_nonce_is_good_for_one_answer():
    policies = [Client().get("/api/docs").headers["Content-Security-Policy"] for _ in range(2)]
    assert len({NONCE.search(policy)[1] for policy in policies}) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/categories", 200),
        ("GET", "/api/schema", 200),
        ("GET", "/api/docs", 200),
        ("PUT", "/api/categories", 405),
        ("GET", "/api/sessions/none", 400),
        ("GET", "/api/none", 404),
    ],
)
def test_no_answer_of_the_api_is_kept(author, client, method, path, status):
    client.force_login(author)
    answer = client.generic(method, path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")


def test_no_refusal_to_the_signed_out_or_to_too_many_is_kept(client, settings, transactional_db):
    for limit, status in [(0, 401), (1, 401), (1, 429)]:
        settings.RATE_LIMIT_REQUESTS = limit
        answer = client.get("/api/categories")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
