"""Owner, friend (another member) and stranger (signed out), before every route and every file."""

import json
import re
import time
import uuid
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import get_resolver, resolve

from community.featuring import feature_share
from community.saving import save_session
from community.share_links import link_session, revoke_link
from community.sharing import edit_share, share_session, withdraw_session
from credits.ledger import account_of
from joip.media.addresses import Window, window_at
from sessions.editing import edit_session
from sessions.models import Session
from tests.factories import make_person, make_session, make_share, picture, set_price
from tests.kept_state import all_rows
from tests.scenes import scene

PASSWORD = "a-long-walk-by-the-sea"
NONE = 999_999
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"]

# What owner, friend and stranger are answered, in this order: of sessions of the owner's, by who
# sees them ("public" is the community), of a private copy, and of one that is not there.
# "featured" is on the home page, too, and answered like "public" where there is no seventh column.
KINDS = ["private", "link", "members", "public", "copy", "none", "featured"]
TABLE = """
                                                         | prv lnk mem pub cop  -  | prv lnk mem pub cop  -  |
GET     /api/sessions/{session}                 -        | 200 200 200 200 200 404 | 404 404 200 200 404 404 | 401
PATCH   /api/sessions/{session}                 title    | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
DELETE  /api/sessions/{session}                 -        | 204 204 204 204 204 404 | 404 404 404 404 404 404 | 401
POST    /api/sessions/{session}/media           file     | 201 201 201 201 201 404 | 404 404 404 404 404 404 | 401
POST    /api/sessions/{session}/media/external  address  | 201 201 201 201 201 404 | 404 404 404 404 404 404 | 401
PUT     /api/sessions/{session}/media/order     order    | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
PATCH   /api/sessions/{session}/media/{slide}   caption  | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
DELETE  /api/sessions/{session}/media/{slide}   -        | 204 204 204 204 204 404 | 404 404 404 404 404 404 | 401
GET     /api/sessions/{session}/community-share -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
POST    /api/sessions/{session}/community-share saves    | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
PATCH   /api/sessions/{session}/community-share saves    | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
DELETE  /api/sessions/{session}/community-share -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
GET     /api/sessions/{session}/decisions       -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
POST    /api/sessions/{session}/share           -        | 200 200 200 200 200 404 | 404 404 403 403 404 404 | 401
DELETE  /api/sessions/{session}/share           -        | 200 200 200 200 200 404 | 404 404 404 404 404 404 | 401
GET     /api/shared/{code}                      -        | 404 200 404 200 404 404 | 404 200 404 200 404 404 | 401
GET     /api/shared/{code}/preview    -        | 404 200 404 200 404 404 | 404 200 404 200 404 404 | 404 200 404 200 404 404
GET     /api/community/sessions/{share}         -        | 404 404 404 200 404 404 | 404 404 404 200 404 404 | 401
POST    /api/community/sessions/{share}/report  report   | 404 404 404 201 404 404 | 404 404 404 201 404 404 | 401
POST    /api/community/sessions/{share}/save    -        | 404 404 403 200 404 404 | 404 404 403 200 404 404 | 401
GET     /api/community                          -        | 200                     | 200                     | 401
GET     /api/reports                            -        | 200                     | 200                     | 401
GET     /api/sessions                           -        | 200                     | 200                     | 401
POST    /api/sessions                           title    | 201                     | 201                     | 401
GET     /api/categories                         -        | 200                     | 200                     | 401
GET     /api/credits/balance                    -        | 200                     | 200                     | 401
GET     /api/credits/transactions               -        | 200                     | 200                     | 401
GET     /api/credits/pricing                    -        | 200                     | 200                     | 401
POST    /api/auth/register                      newcomer | 201                     | 201                     | 201
POST    /api/auth/login                         login    | 200                     | 200                     | 200
POST    /api/auth/logout                        -        | 200                     | 200                     | 401
POST    /api/auth/password                      change   | 200                     | 200                     | 401
GET     /api/auth/user                          -        | 200                     | 200                     | 401
GET     /api/auth/user/export                   -        | 200                     | 200                     | 401
PATCH   /api/auth/user                          name     | 200                     | 200                     | 401
DELETE  /api/auth/user                          password | 204                     | 204                     | 401
GET     /api/schema                             -        | 200                     | 200                     | 200
GET     /api/docs                               -        | 200                     | 200                     | 200
GET     /api/version                            -        | 200                     | 200                     | 200
"""  # noqa: E501
RAW = {"-": "", "junk": "{"}
BODIES = {
    "title": lambda place: {"title": "By train"},
    "saves": lambda place: {"allowSaves": False},
    "report": lambda place: {"reason": "spam", "text": "Sells soup."},
    "address": lambda place: {
        "media": [{"externalUrl": "https://example.org/a.jpg", "type": "image"}]
    },
    "order": lambda place: {"mediaIds": place["slides"][::-1]},
    "caption": lambda place: {"caption": "By train"},
    "newcomer": lambda place: {"username": uuid.uuid4().hex, "password": PASSWORD},
    "login": lambda place: {"username": "owner", "password": PASSWORD},
    "change": lambda place: {"currentPassword": PASSWORD, "newPassword": f"not-{PASSWORD}"},
    "name": lambda place: {"displayName": "Ines"},
    "password": lambda place: {"password": PASSWORD},
}


class Row(NamedTuple):
    method: str
    path: str
    body: str
    owner: list[str]
    friend: list[str]
    stranger: list[str]

    def __str__(self):
        return f"{self.method} {self.path} {self.body}"

    def cells(self):
        """Who asks for which kind of session, and the status; who may least comes first."""
        for who in ("stranger", "friend", "owner"):
            statuses = getattr(self, who)
            for kind in KINDS[: 1 if len(self.owner) == 1 else None]:
                n = KINDS.index(kind)
                if n == len(statuses):
                    n = KINDS.index("public")
                yield who, kind, int(statuses[n if len(statuses) > 1 else 0])


def read(line):
    request, *statuses = line.split("|")
    return Row(*request.split(), *[text.split() for text in statuses])


ROWS = [read(line) for line in TABLE.splitlines() if "/api/" in line]
READING = [row for row in ROWS if row.method == "GET"]
CHANGING = [row for row in ROWS if row.method != "GET"]
OF_A_SESSION = [row for row in ROWS if "{" in row.path]
OF_A_SLIDE = [row for row in ROWS if "{slide}" in row.path]


@scene
def neighbourhood():
    """The people, and of each kind of session what its paths are made of. Each was shared, also by
    link; two still are to the community, and one by link.
    """
    people = {
        name: make_person(name, balance=30, password=PASSWORD) for name in ("owner", "friend")
    }
    owner = people["owner"]
    another = make_share(make_person("another"), slides=2)
    saved = save_session(community_session_id=another.pk, user=owner)
    slides = {"private": 2, "link": 1, "members": 1, "public": 2, "featured": 1}
    sessions = {kind: make_session(owner, slides=number) for kind, number in slides.items()}
    sessions["copy"] = owner.library.get(pk=saved.session_id)
    places = {kind: share_and_place(session) for kind, session in sessions.items()}
    for kind, session in sessions.items():
        if kind not in ("public", "featured"):
            withdraw_session(session=session)
        if kind not in ("public", "featured", "link"):
            revoke_link(session=session)
    edit_session(session=sessions["members"], is_public=True)
    feature_share(share=edit_share(session=sessions["featured"], allow_featuring=True))
    return people, places


@pytest.fixture
def people_and_places(transactional_db):
    set_price(1)
    return neighbourhood()


@pytest.fixture
def people(people_and_places):
    return people_and_places[0]


@pytest.fixture
def three(people):
    """A browser for each of them."""
    return {"stranger": Client()} | {name: signed_in(people[name]) for name in people}


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def places(people_and_places):
    _, places = people_and_places
    none = {"session": NONE, "share": NONE, "code": uuid.uuid4()}
    return places | {"none": places["private"] | none}


def share_and_place(session):
    share, link = share_session(session=session), link_session(session=session)
    slides = [slide.pk for slide in session.media.all()]
    return {
        "session": session.pk,
        "share": share.pk,
        "code": link.code,
        "slide": slides[0],
        "slides": slides,
    }


def ask(browser, row, place):
    path = row.path.format_map(place)
    if row.body == "file":
        file = SimpleUploadedFile("a.jpg", picture(9))
        form = encode_multipart(BOUNDARY, {"files": file})
        return browser.generic(row.method, path, form, MULTIPART_CONTENT)
    body = RAW[row.body] if row.body in RAW else json.dumps(BODIES[row.body](place))
    return browser.generic(row.method, path, body, "application/json")


def whole(answer):
    headers = {name: value for name, value in answer.items() if name != "X-Request-Id"}
    return answer.status_code, answer.content, headers, list(answer.cookies)


def everything():
    """Every row of the database by table, and every object of the store with its time."""
    objects = {bucket: sorted(storages[bucket].objects("")) for bucket in ("general", "user-media")}
    return all_rows(), objects


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def test_the_table_names_every_route_and_method():
    there_are = {
        (method, route)
        for route, view in routes(get_resolver().url_patterns)
        if route.startswith("api/")
        for method in view.cls(**view.initkwargs).allowed_methods
    }
    place = dict.fromkeys(["session", "share", "code", "slide"], 1)
    named = {(row.method, resolve(row.path.format_map(place)).route) for row in ROWS}
    assert named == {(method, route) for method, route in there_are if method != "OPTIONS"}


def assert_each_may_what_the_table_says(three, places, row):
    before = everything()
    for who, kind, status in row.cells():
        answer = ask(three[who], row, places[kind])
        assert answer.status_code == status, (who, kind, answer.content)
        after = everything()
        if row.method == "GET" or status >= 400:
            assert after == before, (who, kind)
        before = after


@pytest.mark.parametrize("row", CHANGING, ids=str)
def test_each_may_do_what_the_table_says_and_a_refusal_changes_nothing(three, places, row):
    assert_each_may_what_the_table_says(three, places, row)


# What changes nothing needs no places of its own: here and below, all rows share them.
def test_each_may_read_what_the_table_says_and_that_changes_nothing(three, places, subtests):
    for row in READING:
        with subtests.test(row=str(row)):
            assert_each_may_what_the_table_says(three, places, row)


def test_a_stranger_is_told_nothing_whatever_is_sent(three, places, subtests):
    before = everything()
    for row in ROWS:
        if row.stranger == ["401"]:
            with subtests.test(row=str(row)):
                assert_told_nothing(three["stranger"], places, row)
    assert everything() == before


def assert_told_nothing(stranger, places, row):
    for kind in KINDS:
        for method in METHODS:
            for body in (row.body, "junk"):
                asked = row._replace(method=method, body=body)
                answer = ask(stranger, asked, places[kind])
                assert answer.status_code == 401, (kind, asked)
                assert method == "HEAD" or answer.json() == {"message": "Unauthorized"}


def assert_alike(browser, row, place, other):
    for method in METHODS:
        for body in (row.body, "junk"):
            asked = row._replace(method=method, body=body)
            answers = [whole(ask(browser, asked, there)) for there in (place, other)]
            assert answers[0] == answers[1], asked


def test_private_and_missing_look_alike(three, places, subtests):
    before = everything()
    for row in OF_A_SESSION:
        with subtests.test(row=str(row)):
            for kind in ("private", "link", "copy"):
                place = places[kind] | {"code": uuid.uuid4()}
                assert_alike(three["friend"], row, place, place | places["none"])
    assert everything() == before


def test_a_snapshot_is_met_by_nobody(three, places, subtests):
    snapshot = Session.objects.snapshots().get(snapshot_of=places["public"]["session"])
    slides = [slide.pk for slide in snapshot.media.all()]
    missing = {"session": NONE, "share": NONE, "code": uuid.uuid4(), "slide": slides[0]}
    missing["slides"] = slides
    staff = make_person("staff", is_staff=True, is_superuser=True)
    browsers = (three["owner"], three["friend"], signed_in(staff))
    before = everything()
    for row in OF_A_SESSION:
        with subtests.test(row=str(row)):
            for browser in browsers:
                assert_alike(browser, row, missing | {"session": snapshot.pk}, missing)
    assert everything() == before


@pytest.mark.parametrize("row", OF_A_SLIDE, ids=str)
@pytest.mark.parametrize("who", ["friend", "owner"])
def test_a_slide_is_not_met_through_another_session(people, three, places, row, who):
    through = {"session": make_session(people[who], slides=1).pk}
    before = everything()
    for kind in ("private", "public", "copy"):
        answer = ask(three[who], row, places[kind] | through)
        assert (answer.status_code, answer.json()) == (
            404,
            {"message": "Media not found", "code": "MEDIA_NOT_FOUND"},
        )
        assert whole(answer) == whole(ask(three[who], row, through | {"slide": NONE}))
    assert everything() == before


def test_no_order_tells_whether_a_slide_of_another_exists(people, three, places):
    path = f"/api/sessions/{make_session(people['friend'], slides=0).pk}/media/order"
    there, missing = [
        three["friend"].put(path, {"mediaIds": [pk]}, "application/json")
        for pk in (places["private"]["slide"], NONE)
    ]
    assert there.status_code == 400
    assert whole(there) == whole(missing)


LISTED = "/api/sessions?sort=title&limit=1&search=fjords&mediaStatus=ready&isFavorite=false"


def listed(browser, address):
    """The ids on this page and those after it."""
    ids = []
    while address:
        answer = browser.get(address)
        ids += [item["id"] for item in answer.json()]
        following = re.search('<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        address = following and following[1]
    return ids


@pytest.mark.parametrize("address", ["/api/sessions", LISTED])
def test_each_is_listed_their_own_sessions_and_no_snapshots(people, three, places, address):
    make_session(people["friend"], slides=0)
    for who, person in people.items():
        own = Session.objects.filter(owner=person).values_list("pk", flat=True)
        assert sorted(listed(three[who], address)) == sorted(own)


def test_a_position_in_anothers_list_leads_into_ones_own(people, three, places):
    own = make_session(people["friend"], slides=0, title="Zermatt")
    position = re.search("<([^>]+)>", three["owner"].get(LISTED)["Link"])[1]
    three["friend"].patch(f"/api/sessions/{own.pk}", {"title": "Fjords, Z"}, "application/json")
    assert listed(three["friend"], position) == [own.pk]


def test_each_is_listed_their_own_credits(people, three, places):
    for who, person in people.items():
        own = account_of(person).transactions.values_list("pk", flat=True)
        assert sorted(listed(three[who], "/api/credits/transactions")) == sorted(own)


def fetch(address, browser):
    """The status and bytes behind an address; a store knows no cookies."""
    if address.startswith("/"):
        answer = browser.get(address)
        return answer.status_code, b"".join(answer)
    try:
        with urlopen(address) as answer:
            return answer.status, answer.read()
    except OSError as error:
        return error.code, b""


def assert_refused(address, three):
    for browser in three.values():
        assert fetch(address, browser)[0] in (400, 403, 404), address


@pytest.fixture(params=["private", "community"])
def slides(request, people):
    """Two slides of the owner's, of which the community sees copies; in either bucket."""
    share = make_share(people["owner"], slides=2)
    session = share.session if request.param == "private" else share.snapshot
    return list(session.media.all())


def test_a_signed_address_is_good_without_a_cookie(slides, three):
    for browser in three.values():
        assert fetch(slides[0].url, browser) == (200, picture(0))


def test_no_other_address_is_good_for_anybody(slides, three):
    first, second = slides
    address, _, signed = first.url.partition("?")
    of_another = second.url.partition("?")[2]
    changed = signed[:-1] + ("a" if signed[-1] != "a" else "b")
    unsigned, _, signature = signed.rpartition("&")
    for wrong in ("", "?", "?signature=", f"?{of_another}", f"?{changed}"):
        assert_refused(address + wrong, three)
    for wrong in (unsigned, signature, f"{unsigned}&{signature}9"):
        assert_refused(f"{address}?{wrong}", three)
    for bucket in ("general", "user-media"):
        assert_refused(f"/media/{bucket}/{first.key}", three)
        if bucket != first.bucket:
            assert_refused(f"/media/{bucket}/{first.key}?{signed}", three)


def test_a_signed_address_expires(slides, three):
    given_out = time.time() - settings.MEDIA_URL_SECONDS - 1
    assert_refused(slides[0].url_in(window_at(given_out)), three)
    end = int(time.time()) - 1
    assert_refused(slides[0].url_in(Window(end - 3900, end)), three)


def test_who_is_shown_a_session_gets_its_media(three, places):
    public, linked = places["public"], places["link"]
    for address, slides in [
        (f"/api/sessions/{public['session']}", 2),
        (f"/api/shared/{linked['code']}", 1),
    ]:
        media = three["friend"].get(address).json()["media"]
        assert [fetch(item["mediaUrl"], three["friend"])[0] for item in media] == [200] * slides


def test_who_is_shown_a_community_session_gets_its_media(three, places):
    address = f"/api/community/sessions/{places['public']['share']}"
    shown = [three[who].get(address).json()["media"] for who in ("owner", "friend")]
    assert shown[0] == shown[1]  # the same addresses
    assert [fetch(item["mediaUrl"], three["friend"])[0] for item in shown[0]] == [200, 200]
