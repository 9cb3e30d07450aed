"""Pages of named origins call the API with tokens; no page of another site does so with cookies."""

import pytest
from django.test import Client

from joip.api_tokens.tokens import make_token
from tests.factories import make_person

OURS = "https://app.example.org"


@pytest.fixture(autouse=True)
def _origins(settings):
    settings.CORS_ALLOWED_ORIGINS = [OURS]


@pytest.fixture
def ines(transactional_db):
    return make_person("ines")


def preflight(path, *, origin=OURS):
    return Client().options(
        path,
        headers={
            "origin": origin,
            "access-control-request-method": "PATCH",
            "access-control-request-headers": "authorization,content-type",
        },
    )


def allowed(answer):
    """The headers of CORS."""
    prefix = "access-control-"
    return {
        name.lower().removeprefix(prefix): value
        for name, value in answer.headers.items()
        if name.lower().startswith(prefix)
    }


def with_token(person, path="/api/sessions", **headers):
    _, secret = make_token(user=person, name="Photo frame", scope="write")
    return Client().get(path, headers={"authorization": f"Bearer {secret}"} | headers)


def test_a_preflight_from_a_named_origin_allows_tokens_and_json():
    answer = preflight("/api/sessions/1")
    told = allowed(answer)
    assert (answer.status_code, answer.content, told["allow-origin"]) == (200, b"", OURS)
    assert {"authorization", "content-type"} <= set(told["allow-headers"].split(", "))
    assert {"PATCH", "PUT", "DELETE"} <= set(told["allow-methods"].split(", "))
    assert "allow-credentials" not in told
    assert "origin" in answer["Vary"].lower()


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", f"{OURS}.evil.example", "null", "http://app.example.org"],
)
def test_other_origins_are_allowed_nothing(ines, origin):
    assert allowed(preflight("/api/sessions", origin=origin)) == {}
    assert allowed(with_token(ines, origin=origin)) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/account/tokens", "/admin/login/", "/media/general/a"])
def test_nothing_but_the_api_is_open_to_other_origins(path):
    assert allowed(preflight(path)) == {}
    assert allowed(Client().get(path, headers={"origin": OURS})) == {}


def test_a_page_of_a_named_origin_reads_the_answer_and_its_headers(ines, settings):
    answer = with_token(ines, origin=OURS)
    exposed = set(allowed(answer)["expose-headers"].split(", "))
    assert (answer.status_code, allowed(answer)["allow-origin"]) == (200, OURS)
    assert exposed >= {"X-Total-Count", "X-RateLimit-Remaining", "Link", "Retry-After"}


def test_it_reads_refusals_too(ines, settings):
    settings.RATE_LIMIT_MEMBER_REQUESTS = 1
    for status, path in [(404, "/api/sessions/1"), (429, "/api/sessions/1")]:
        answer = with_token(ines, path, origin=OURS)
        assert (answer.status_code, allowed(answer)["allow-origin"]) == (status, OURS)
    assert "Retry-After" in answer.headers


def test_cookies_change_nothing_from_there(ines):
    browser = Client()
    browser.force_login(ines)
    headers = {"origin": OURS, "sec-fetch-site": "cross-site"}
    for path in ("/api/sessions", "/api/auth/login"):
        answer = browser.post(path, {"title": "Lakes"}, "application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "CROSS_ORIGIN")
        assert "allow-credentials" not in allowed(answer)
