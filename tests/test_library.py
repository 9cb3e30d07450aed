"""The sessions of one's own library: listing, creating, changing, deleting them."""

import re

import pytest
from django.db import connection

from community.models import CommunityShare
from community.session_serializers import SessionsQuery
from community.sharing import share_session
from credits.ledger import balance_of
from credits.models import CreditTransaction, FeaturePricing
from sessions.models import Category, Session
from tests.factories import make_person, make_session, make_share, set_price
from tests.ledgers import check_ledger, check_objects


@pytest.fixture
def owner(client, author):
    set_price(10)
    client.force_login(author)
    return author


@pytest.fixture
def category(transactional_db):
    return Category.objects.create(name="Travel", slug="travel", is_default=True)


def create(client, **fields):
    answer = client.post("/api/sessions", {"title": "Fjords in May"} | fields, format="json")
    return answer.status_code, answer.json()


def change(client, session, **fields):
    answer = client.patch(f"/api/sessions/{session.pk}", fields, format="json")
    return answer.status_code, answer.json()


def titles(client, **query):
    answer = client.get("/api/sessions", query)
    assert answer.status_code == 200, answer.json()
    return [session["title"] for session in answer.json()]


def test_creating_takes_the_price_and_answers_with_the_session(client, owner, category):
    status, body = create(client)
    session = owner.library.get()
    times = {body.pop("createdAt"), body.pop("updatedAt")}
    assert (status, len(times)) == (201, 2)
    assert body == {
        "id": session.pk,
        "title": "Fjords in May",
        "userId": owner.pk,
        "subreddits": [],
        "categoryId": category.pk,
        "intervalMin": 3,
        "intervalMax": 10,
        "transition": "fade",
        "thumbnail": None,
        "mediaExpiresAt": None,
        "aiPrompt": "",
        "captionTheme": "",
        "isPublic": False,
        "audience": "private",
        "link": None,
        "communityShare": None,
        "isFavorite": False,
        "isManualMode": False,
        "isImported": False,
        "importSource": "",
        "importUrl": "",
        "savedFrom": None,
        "mediaStatus": "ready",
        "copyFailure": None,
        "mediaCount": 0,
        "mediaCopied": 0,
    }
    assert (session.charge.amount, session.charge.reference) == (-10, f"session:{session.pk}")
    check_ledger()


def test_every_field_can_be_set(client, owner):
    fields = {
        "title": "By train",
        "subreddits": "travel, trains",
        "intervalMin": 60,
        "intervalMax": 60,
        "transition": "none",
        "captionTheme": "postcards",
        "aiPrompt": "short and warm",
        "isPublic": True,
        "isFavorite": True,
        "isManualMode": True,
    }
    status, body = create(client, **fields)
    assert status == 201
    assert body | fields | {"subreddits": ["travel", "trains"]} == body


def test_creating_without_means_leaves_nothing(client, owner):
    set_price(51)
    assert create(client) == (
        402,
        {
            "error": "Insufficient credits",
            "code": "INSUFFICIENT_CREDITS",
            "required": 51,
            "current": 50,
            "featureKey": "session_create",
        },
    )
    set_price(10, premium_only=True)
    assert create(client)[1]["code"] == "PREMIUM_ONLY"
    FeaturePricing.objects.all().delete()
    assert (create(client)[0], create(client)[1]["code"]) == (503, "FEATURE_PRICING_MISSING")
    assert (owner.library.count(), balance_of(owner)) == (0, 50)


BAD = [
    ({"title": ""}, "title"),
    ({"title": "a" * 201}, "title"),
    ({"title": None}, "title"),
    ({"title": "nul\x00"}, "title"),
    ({"title": ["a"]}, "title"),
    ({"intervalMin": 0}, "intervalMin"),
    ({"intervalMin": "three"}, "intervalMin"),
    ({"intervalMax": 61}, "intervalMax"),
    ({"intervalMax": 10**30}, "intervalMax"),
    ({"intervalMin": 9, "intervalMax": 8}, "intervalMin"),
    ({"intervalMin": 11}, "intervalMin"),
    ({"transition": "wipe"}, "transition"),
    ({"transition": "\ud800"}, "transition"),
    ({"subreddits": 1}, "subreddits"),
    ({"subreddits": [1, []]}, "subreddits.1"),
    ({"subreddits": "a" * 51}, "subreddits.0"),
    ({"subreddits": ["a"] * 101}, "subreddits"),
    ({"categoryId": 999}, "categoryId"),
    ({"categoryId": 10**30}, "categoryId"),
    ({"categoryId": "travel"}, "categoryId"),
    ({"captionTheme": "a" * 101}, "captionTheme"),
    ({"aiPrompt": "a" * 10_001}, "aiPrompt"),
    ({"isPublic": "perhaps"}, "isPublic"),
    ({"isFavorite": None}, "isFavorite"),
    ({"isManualMode": []}, "isManualMode"),
    ({"importUrl": "community:1"}, "importUrl"),
    ({"mediaStatus": "ready"}, "mediaStatus"),
    ({"colour": "blue"}, "colour"),
    ({"\ud800": 1}, "\ud800"),
]


@pytest.mark.parametrize(("fields", "named"), BAD, ids=lambda value: ascii(value)[:40])
def test_a_bad_field_is_refused_by_name_and_changes_nothing(client, owner, fields, named):
    session = make_session(owner, slides=0)
    before = Session.objects.values().get()
    for status, body in (create(client, **fields), change(client, session, **fields)):
        assert status == 400
        assert body["error"] == "Validation Error"
        assert body["message"].startswith(f"Validation failed: {named}")
        assert list(body["fields"]) == [named]
    assert Session.objects.values().get() == before
    assert balance_of(owner) == 50


def test_a_session_needs_a_title(client, owner):
    answer = client.post("/api/sessions", {}, format="json")
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "Validation Error",
            "message": "Validation failed: title is required",
            "fields": {"title": ["This field is required."]},
        },
    )


def test_a_change_touches_only_what_was_sent(client, owner, category):
    other = Category.objects.create(name="Recipes", slug="recipes")
    session = make_session(owner, slides=1, category=other, subreddits=["norway"])
    before = client.get(f"/api/sessions/{session.pk}").json()["session"]
    status, body = change(client, session, title="Fjords in June", isFavorite=True)
    assert status == 200
    assert body.pop("updatedAt") > before.pop("updatedAt")
    assert body.pop("thumbnail").partition("?")[0] == before.pop("thumbnail").partition("?")[0]
    assert body == before | {"title": "Fjords in June", "isFavorite": True}


def test_no_category_means_the_default_one(client, owner, category):
    other = Category.objects.create(name="Recipes", slug="recipes")
    session = make_session(owner, slides=0)
    assert change(client, session, categoryId=other.pk)[1]["categoryId"] == other.pk
    assert change(client, session, categoryId=None)[1]["categoryId"] == category.pk


@pytest.mark.parametrize("name", ["subreddits", "aiPrompt", "captionTheme"])
def test_an_imported_session_keeps_some_fields_locked(client, owner, name):
    session = make_session(owner, slides=0, is_imported=True)
    status, body = change(client, session, **{name: "hiking", "title": "Mine"})
    assert (status, body["fields"]) == (400, {name: ["Locked, since this session was imported."]})
    assert change(client, session, title="Mine", isFavorite=True)[0] == 200


def test_a_session_made_private_is_offered_no_more(client, owner, saver, save):
    share = make_share(owner)
    assert change(client, share.session, isPublic=False)[0] == 200
    assert not Session.objects.snapshots().exists()
    assert save(share, saver)[0] == 404
    check_objects()


def test_deleting_takes_rows_objects_and_share(client, owner, saver, save):
    share = make_share(owner)
    save(share, saver)
    client.force_login(owner)
    answer = client.delete(f"/api/sessions/{share.session_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not CommunityShare.objects.exists()
    assert list(Session.objects.values_list("owner", flat=True)) == [saver.pk]
    assert client.delete(f"/api/sessions/{share.session_id}").status_code == 404
    check_objects()


def test_deleting_an_unfinished_copy_refunds_it(client, share, saver, save, proxy):
    share = share_session(session=make_session(share.session.owner))
    answers = []

    def delete():
        pk = saver.library.get().pk
        deleting = type(client)()
        deleting.force_login(saver)
        answers.append(deleting.delete(f"/api/sessions/{pk}").status_code)

    happened = proxy.in_mid_copy(delete)
    assert save(share, saver) == (404, {"message": "Session not found or not public"})
    assert happened.is_set()
    assert answers == [204]
    assert (saver.library.count(), balance_of(saver)) == (0, 50)
    assert CreditTransaction.objects.filter(kind="refund").count() == 1
    check_ledger()


def test_the_list_shows_ones_own_and_no_snapshots(client, owner, saver):
    make_share(owner, title="Shared")
    make_session(saver, title="Another's", is_public=True)
    assert titles(client) == ["Shared"]


def test_the_list_has_orders(client, owner):
    for title in ("B", "C", "A"):
        make_session(owner, slides=0, title=title)
    change(client, owner.library.get(title="C"), intervalMax=12)
    assert titles(client) == titles(client, sort="recent") == ["A", "C", "B"]
    assert titles(client, sort="oldest") == ["B", "C", "A"]
    assert titles(client, sort="title") == ["A", "B", "C"]
    assert titles(client, sort="updated") == ["C", "A", "B"]


def test_the_list_has_filters(client, owner, category):
    make_session(owner, slides=0, title="Fjords", category=category, is_favorite=True)
    make_session(owner, slides=0, title="Soups", media_status="failed")
    assert titles(client, categoryId=category.pk) == ["Fjords"]
    assert titles(client, categorySlug="travel") == ["Fjords"]
    assert titles(client, categorySlug="nowhere") == []
    assert titles(client, isFavorite="true") == ["Fjords"]
    assert titles(client, isFavorite="false") == ["Soups"]
    assert titles(client, search="fJoR") == ["Fjords"]
    assert titles(client, search="fjords", isFavorite="false") == []
    assert titles(client, search="100%") == []
    assert titles(client, search="") == ["Soups", "Fjords"]
    assert titles(client, mediaStatus="failed") == ["Soups"]
    assert titles(client, mediaStatus="ready", isFavorite="false") == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        *[("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit")],
        *[("cursor=junk", "cursor"), ("sort=newest", "sort"), ("mediaStatus=done", "mediaStatus")],
        *[("isFavorite=perhaps", "isFavorite"), ("categoryId=x", "categoryId")],
        *[("search=a%00", "search"), ("tags=a", "tags"), (f"search={'a' * 201}", "search")],
    ],
)
def test_a_bad_parameter_is_refused_by_name(client, owner, query, named):
    answer = client.get(f"/api/sessions?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [named]


def test_the_list_goes_out_in_pages(client, owner):
    for number in range(5):
        make_session(owner, slides=0, title=f"Day {number}")
    first = client.get("/api/sessions?limit=3")
    address = re.fullmatch(r'<(.*)>; rel="next"', first["Link"])[1]
    second = client.get(address)
    seen = [session["title"] for session in [*first.json(), *second.json()]]
    assert seen == ["Day 4", "Day 3", "Day 2", "Day 1", "Day 0"]
    assert second["Link"].endswith('rel="prev"')


def test_the_thumbnail_is_the_chosen_slide_or_the_first_picture(client, owner):
    session = make_session(owner, slides=2)
    (listed,) = client.get("/api/sessions").json()
    first, second = client.get(f"/api/sessions/{session.pk}").json()["media"]
    assert listed["thumbnail"].partition("?")[0] == first["thumbnail"].partition("?")[0]
    client.patch(f"/api/sessions/{session.pk}/media/{second['id']}", {"isThumbnail": True}, "json")
    (listed,) = client.get("/api/sessions").json()
    assert listed["thumbnail"].partition("?")[0] == second["thumbnail"].partition("?")[0]


PAGES = [
    *[(sort, {}) for sort in SessionsQuery.ORDERINGS],
    *[("recent", {name: 1}) for name in ("is_favorite", "category_id")],
    ("oldest", {"media_status": "failed"}),
]


def test_a_page_is_read_by_an_index(owner, subtests):
    other = make_person("other")
    Session.objects.bulk_create(
        Session(owner=[owner, other][n % 2], title=f"Day {n}", is_favorite=n % 4 < 2)
        for n in range(8000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for sort, filters in PAGES:
        with subtests.test(sort=sort, filters=filters):
            found = Session.objects.owned_by(owner).filter(**filters)
            plan = found.order_by(*SessionsQuery.ORDERINGS[sort])[:50].explain()
            assert "library_" in plan
            assert "TEMP B-TREE" not in plan
            assert "Sort" not in plan


@pytest.mark.parametrize("number", ["0", "-1", "1e400", "1" + "0" * 30, '"1_0"', "1.5"])
def test_no_number_of_a_category_is_too_odd(client, owner, number):
    body = f'{{"title": "a", "categoryId": {number}}}'
    answer = client.post("/api/sessions", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["categoryId"])
    listed = client.get("/api/sessions", {"categoryId": number})
    assert (listed.status_code, list(listed.json()["fields"])) == (400, ["categoryId"])
