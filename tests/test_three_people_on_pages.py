"""Owner, friend (another member) and stranger (signed out), before every page and its forms."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

import joip.pages.urls
from joip.api_tokens.tokens import make_token
from tests.factories import picture
from tests.test_three_people import (
    KINDS,
    PASSWORD,
    Row,
    everything,
    people,  # noqa: F401  # a fixture, like those below
    people_and_places,  # noqa: F401
    places,  # noqa: F401
    read,
    routes,
    three,  # noqa: F401
)

SIGN_IN = "/accounts/login/?next="

# As in `test_three_people`. 401 is the way to the sign-in page, and to come back from there.
TABLE = """
                                              | prv lnk mem pub cop  -  | prv lnk mem pub cop  -  |
GET  /                               -        | 302                     | 302                     | 200
GET  /accounts/login/                -        | 302                     | 302                     | 200
POST /accounts/login/                login    | 302                     | 302                     | 302
GET  /accounts/signup/               -        | 302                     | 302                     | 200
POST /accounts/signup/               newcomer | 302                     | 302                     | 302
GET  /accounts/logout/               -        | 200                     | 200                     | 302
POST /accounts/logout/               -        | 302                     | 302                     | 302
GET  /community                      -        | 200                     | 200                     | 401
GET  /community/{share}              -        | 404 404 404 200 404 404 | 404 404 404 200 404 404 | 401
GET  /community/{share}/play         -        | 404 404 404 200 404 404 | 404 404 404 200 404 404 | 401 401 401 401 401 401 200
GET  /community/{share}/play/slides  -        | 404 404 404 404 404 404 200 | 404 404 404 404 404 404 200 | 404 404 404 404 404 404 200
GET  /community/{share}/cover        -        | 404 404 404 404 404 404 302 | 404 404 404 404 404 404 302 | 404 404 404 404 404 404 302
POST /community/{share}/save         -        | 404 404 403 302 404 404 | 404 404 403 302 404 404 | 401
POST /community/{share}/report       report   | 404 404 404 302 404 404 | 404 404 404 302 404 404 | 401
GET  /people/{owner}                 -        | 200 200 200 200 200 404 | 200 200 200 200 200 404 | 401
GET  /library                        -        | 200                     | 200                     | 401
POST /library/new                    title    | 302                     | 302                     | 401
GET  /library/{session}              -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
GET  /library/{session}/play         -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/settings     title    | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/share        -        | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/share/choices -       | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/withdraw     -        | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/members      members  | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/link         link     | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media        file     | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media/order  order    | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media/{slide}        caption | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media/{slide}/cover  -       | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media/{slide}/move   to      | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/media/{slide}/delete -       | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/favorite     favorite | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/delete       -        | 302 302 302 302 302 404 | 404 404 404 404 404 404 | 401
GET  /library/{session}/progress     -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
POST /library/{session}/retry        -        | 404 404 404 404 302 404 | 404 404 404 404 404 404 | 401
GET  /account                        -        | 200                     | 200                     | 401
POST /account/name                   name     | 302                     | 302                     | 401
POST /account/email                  email    | 400                     | 400                     | 401
POST /account/password               -        | 400                     | 400                     | 401
POST /account/sign-ins               -        | 302                     | 302                     | 401
POST /account/deletion               -        | 400                     | 400                     | 401
GET  /account/export                 -        | 200                     | 200                     | 401
GET  /account/tokens                 -        | 200                     | 200                     | 401
POST /account/tokens                 token    | 200                     | 200                     | 401
POST /account/tokens/{token}/revoke  -        | 302                     | 404                     | 401
GET  /credits.csv                    -        | 200                     | 200                     | 401
GET  /credits                        -        | 200                     | 200                     | 401
GET  /shared/{code}                  -        | 404 200 404 200 404 404 | 404 200 404 200 404 404 | 404 200 404 200 404 404
GET  /shared/{code}/cover            -        | 404 302 404 302 404 404 | 404 302 404 302 404 404 | 404 302 404 302 404 404
GET  /shared/{code}/play             -        | 404 200 404 200 404 404 | 404 200 404 200 404 404 | 401
"""  # noqa: E501
FORMS = {
    "-": dict,
    "title": lambda: {"title": "By train"},
    "report": lambda: {"reason": "spam", "text": "Sells soup."},
    "members": lambda: {"members": "on"},
    "link": lambda: {"link": "on"},
    "file": lambda: {"files": SimpleUploadedFile("a.jpg", picture(9))},
    "caption": lambda: {"caption": "By train"},
    "to": lambda: {"to": "2"},
    "order": lambda: {"slide": "1"},
    "name": lambda: {"display_name": "Ines"},
    "email": lambda: {"email": "no address"},
    "token": lambda: {"name": "A script", "scope": "read"},
    "favorite": lambda: {"favorite": "on"},
    "login": lambda: {"username": "owner", "password": PASSWORD},
    "newcomer": lambda: {"username": uuid.uuid4().hex, "password": PASSWORD},
}
ROWS = [read(line) for line in TABLE.splitlines() if " /" in line]
PAGES = [row for row in ROWS if row.method == "GET"]
DEEDS = [row for row in ROWS if row.method == "POST"]
ANY_PLACE = dict.fromkeys(["session", "share", "code", "slide", "owner", "token"], 1)


@pytest.fixture
def page_places(people, places):  # noqa: F811
    """With whose sessions they are."""
    owner = people["owner"]
    token, _ = make_token(user=owner, name="A script", scope="read", expires_at=None)
    theirs = {"owner": owner.pk, "token": token.pk}
    owned = {kind: place | theirs for kind, place in places.items()}
    return owned | {"none": places["none"] | {"owner": 999_999}}


def send(browser, row: Row, place):
    path = row.path.format_map(place)
    return browser.get(path) if row.method == "GET" else browser.post(path, FORMS[row.body]())


def ask(browser, row: Row, place) -> int:
    answer = send(browser, row, place)
    b"".join(answer)  # an export is one at a time until it has been sent
    if answer.status_code == 302 and answer["Location"].startswith(SIGN_IN):
        return 401
    return answer.status_code


def test_the_table_names_every_page_and_form():
    """But those of signing in, which `test_account_pages` walks."""
    named = {resolve(row.path.format_map(ANY_PLACE)).route for row in ROWS}
    there_are = {route for route, view in routes(joip.pages.urls.urlpatterns)}
    assert {route for route in named ^ there_are if not route.startswith("accounts/")} == set()


def test_no_page_takes_what_the_table_does_not_name(three, page_places, subtests):  # noqa: F811
    named = {(row.method, row.path) for row in ROWS}
    before = everything()
    for path in {row.path for row in ROWS}:
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            if (method, path) not in named:
                with subtests.test(method=method, path=path):
                    asked = three["owner"].generic(method, path.format_map(page_places["public"]))
                    # The page to sign in leads away whoever has, whatever they ask.
                    assert asked.status_code == 405 or asked["Location"] == "/community"
    after = everything()
    for rows, _ in (before, after):
        del rows["django_session"]  # allauth's pages may renew the sign-in
    assert after == before


def assert_each_may_what_the_table_says(three, places, row):  # noqa: F811
    before = everything()
    for who, kind, status in row.cells():
        assert ask(three[who], row, places[kind]) == status, (who, kind)
        after = everything()
        if row.method == "GET" or status >= 400:
            assert after == before, (who, kind)
        before = after


@pytest.mark.parametrize("row", DEEDS, ids=str)
def test_each_may_do_what_the_table_says_and_a_refusal_changes_nothing(
    three,  # noqa: F811
    page_places,
    row,
):
    assert_each_may_what_the_table_says(three, page_places, row)


def test_each_may_read_what_the_table_says_and_that_changes_nothing(
    three,  # noqa: F811
    page_places,
    subtests,
):
    for row in PAGES:
        with subtests.test(row=str(row)):
            assert_each_may_what_the_table_says(three, page_places, row)


def test_a_page_of_a_private_session_looks_like_that_of_a_missing_one(
    three,  # noqa: F811
    page_places,
    subtests,
):
    for row in ROWS:
        if "{session}" in row.path or "{share}" in row.path:
            with subtests.test(row=str(row)):
                for kind in set(KINDS) - {"public", "members", "none", "featured"}:
                    place = page_places[kind] | {"code": uuid.uuid4()}
                    answers = [
                        send(three["friend"], row, there)
                        for there in (place, place | page_places["none"])
                    ]
                    assert answers[0].content == answers[1].content
                    assert answers[0].status_code == answers[1].status_code == 404
