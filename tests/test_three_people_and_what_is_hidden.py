"""Owner, friend, staff and stranger before each route, when staff have hidden a session."""

import pytest

from community.featuring import feature_share
from community.moderation import hide_share
from community.saving import save_session
from community.share_links import link_session
from community.sharing import edit_share, share_session
from sessions.editing import edit_session
from sessions.models import Session
from tests.factories import make_person, make_share, set_price
from tests.test_three_people import NONE, PASSWORD, Row, ask, everything, signed_in

# Three sessions of the owner's: `hidden` is what staff have hidden; `copy` was saved from another
# hidden one, shared, and hidden with it; both were featured. `link` was saved from that, too, and
# never shared. All are public, and have a link. What the owner saved before is answered with the
# copy.
KINDS = ["hidden", "copy", "link"]
WHO = ["owner", "friend", "staff", "stranger"]
TABLE = """
                                                      | hidn copy link |   friend    |    staff    |
GET    /api/sessions/{session}                 -      | 200 200 200 | 404 404 404 | 200 200 200 |401
PATCH  /api/sessions/{session}                 title  | 200 200 200 | 404 404 404 | 404 404 404 |401
GET    /api/sessions/{session}/decisions       -      | 200 200 200 | 404 404 404 | 404 404 404 |401
GET    /api/sessions/{session}/community-share -      | 200 200 404 | 404 404 404 | 404 404 404 |401
POST   /api/sessions/{session}/community-share saves  | 200 403 403 | 404 404 404 | 404 404 404 |401
POST   /api/sessions/{session}/share           -      | 200 403 403 | 404 404 404 | 403 403 403 |401
GET    /api/shared/{code}                      -      | 200 200 200 | 404 404 404 | 200 200 200 |401
GET    /api/shared/{code}/preview              -      | 200 200 200 | 404 404 404 | 200 200 200 |404
GET    /shared/{code}                          -      | 200 200 200 | 404 404 404 | 200 200 200 |404
GET    /api/community/sessions/{share}         -      | 200 200 404 | 404 404 404 | 200 200 404 |401
POST   /api/community/sessions/{share}/report  report | 201 201 404 | 404 404 404 | 201 201 404 |401
POST   /api/community/sessions/{share}/save    -      | 404 200 404 | 404 404 404 | 404 404 404 |401
GET    /community/{share}                      -      | 200 200 404 | 404 404 404 | 200 200 404 |302
GET    /community/{share}/play                 -      | 200 200 404 | 404 404 404 | 200 200 404 |302
GET    /community/{share}/play/slides          -      | 404 404 404 | 404 404 404 | 404 404 404 |404
GET    /community/{share}/cover                -      | 404 404 404 | 404 404 404 | 404 404 404 |404
GET    /shared/{code}/cover                    -      | 302 302 302 | 404 404 404 | 302 302 302 |404
DELETE /api/sessions/{session}/community-share -      | 200 200 404 | 404 404 404 | 404 404 404 |401
"""


def read(line):
    request, *statuses = line.strip().removesuffix("|").split("|")
    # The same for each kind, where there is one.
    answers = [text.split() * (1 if len(text.split()) > 1 else len(KINDS)) for text in statuses]
    return request.split(), dict(zip(WHO, answers, strict=True))


ROWS = [read(line) for line in TABLE.splitlines() if "{" in line]


@pytest.fixture
def places(transactional_db):
    set_price(1)
    owner, another = make_person("owner", balance=20), make_person("another", balance=20)
    source, hidden = make_share(another, slides=1), make_share(owner, slides=1)
    copy = saved(source, owner)
    share = share_session(session=copy)
    link = saved(share, owner)
    shares = {"hidden": hidden.pk, "copy": share.pk, "link": NONE}
    sessions = {"hidden": hidden.session, "copy": copy, "link": link}
    for session in sessions.values():
        edit_session(session=session, is_public=True)
    places = {
        kind: {
            "session": session.pk,
            "share": shares[kind],
            "code": link_session(session=session).code,
        }
        for kind, session in sessions.items()
    }
    for offered in (hidden, share):
        feature_share(share=edit_share(session=offered.session, allow_featuring=True))
    hide_share(share=hidden)
    hide_share(share=source, reaches_copies=True)
    return places


def saved(share, person):
    saved = save_session(community_session_id=share.pk, user=person)
    return Session.objects.get(pk=saved.session_id)


@pytest.fixture
def browsers(places, client):
    people = {
        "owner": Session.objects.get(pk=places["hidden"]["session"]).owner,
        "friend": make_person("friend", balance=20, password=PASSWORD),
        "staff": make_person("staff", is_staff=True, is_superuser=True),
    }
    return {"stranger": client} | {who: signed_in(person) for who, person in people.items()}


def test_each_may_do_what_the_table_says_and_a_refusal_changes_nothing(places, browsers, subtests):
    before = everything()
    # Who may least comes first, and what is deleted last.
    for (method, path, body), answers in ROWS:
        for who in reversed(WHO):
            for kind, status in zip(KINDS, answers[who], strict=True):
                with subtests.test(row=f"{method} {path}", who=who, kind=kind):
                    row = Row(method, path, body, [], [], [])
                    answer = ask(browsers[who], row, places[kind])
                    assert answer.status_code == int(status), answer.content
                    after = everything()
                    if method == "GET" or int(status) >= 400:
                        assert after == before
                    before = after


def test_lists_and_searches_show_nothing_of_it(browsers):
    for who in ("friend", "staff"):
        assert browsers[who].get("/api/community").json()["items"] == []
        assert browsers[who].get("/api/sessions").json() == []
