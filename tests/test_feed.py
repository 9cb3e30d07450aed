"""The feed: what is in it, in which order, on which page, and what each item says."""

import pytest
from django.db.models import F, Value
from django.utils import timezone

from community.feed import items_of
from community.models import CommunityShare
from community.moderation import hide_share
from community.ranking import hot_score
from community.saving import save_session
from community.sharing import edit_share, share_session, withdraw_session
from credits.models import FeaturePricing
from sessions.copying import MediaCopyFailed
from sessions.editing import edit_session
from sessions.models import Category, Session
from tests.factories import make_person, make_premium, make_session, make_share, set_price
from tests.ledgers import check_objects
from tests.threads import elsewhere


@pytest.fixture
def reader(client, transactional_db):
    reader = make_person("reader")
    client.force_login(reader)
    return reader


def page(client, **query):
    answer = client.get("/api/community", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def titles(client, **query):
    return [item["title"] for item in page(client, **query)["items"]]


def refused(client, **query):
    answer = client.get("/api/community", query)
    assert answer.status_code == 400
    return answer.json()["fields"]


def item(client, share):
    answer = client.get(f"/api/community/sessions/{share.pk}")
    return answer.json()["session"] if answer.status_code == 200 else answer.status_code


def test_an_empty_community_has_no_page_to_turn(client, reader):
    assert page(client) == {
        "items": [],
        "total": 0,
        "totalCapped": False,
        "page": 1,
        "pageSize": 20,
        "totalPages": 0,
    }


def test_an_item_says_all_that_a_saver_wants_to_know(client, author, reader):
    set_price(10)
    category = Category.objects.create(name="Travel", slug="travel")
    share = make_share(author, slides=2, subreddits=["norway"], category=category)
    found = page(client)
    (shown,) = found["items"]
    assert (found["total"], found["totalPages"]) == (1, 1)
    slide = share.session.snapshots.get().media.first()
    assert f"renditions/{slide.rendition}/small.webp" in shown.pop("thumbnail")
    assert shown.pop("mediaExpiresAt")  # see test_media_addresses
    assert shown.pop("createdAt") == share.shared_at.isoformat().replace("+00:00", "Z")
    assert shown == {
        "kind": "session",
        "id": share.pk,
        "title": "Fjords in May",
        "subreddits": ["norway"],
        "categoryId": category.pk,
        "categorySlug": "travel",
        "intervalMin": 3,
        "intervalMax": 10,
        "transition": "fade",
        "captionTheme": "",
        "isManualMode": False,
        "isImported": False,
        "isHidden": False,
        "user": {"id": author.pk, "displayName": "Ines"},
        "mine": False,
        "mediaCount": 2,
        "saveCount": 0,
        "savedSessionId": None,
        "allowSaves": True,
        "saveCost": 10,
    }


def test_one_item_comes_with_its_slides_and_without_their_ids(client, share, reader):
    body = client.get(f"/api/community/sessions/{share.pk}").json()
    assert body["session"] == page(client)["items"][0]
    first, *others = body["media"]
    slide = share.session.snapshots.get().media.first()
    assert len(others) == 2
    assert first.pop("mediaExpiresAt") == body["session"]["mediaExpiresAt"]
    assert first.pop("thumbnail") == first.pop("renditions")["small"]["url"]
    assert first.pop("placeholder") == slide.placeholder
    assert first == {
        "mediaUrl": slide.url,
        "width": 8,
        "height": 6,
        "duration": None,
        "caption": "Fjord 0",
        "type": "image",
        "isThumbnail": False,
        "redditPostId": "",
        "redditPostUrl": "",
        "subreddit": "",
        "order": 0,
    }


def test_what_is_saved_says_so_and_costs_nothing_more(client, share, reader):
    saved = save_session(community_session_id=share.pk, user=reader)
    shown = item(client, share)
    assert (shown["savedSessionId"], shown["saveCost"]) == (saved.session_id, 0)
    assert shown["saveCount"] == 1


def test_a_failed_copy_is_no_copy_yet(client, proxy, author, reader):
    set_price(10)
    share = make_share(author)
    proxy.fail_copies(403)
    with pytest.raises(MediaCopyFailed):
        save_session(community_session_id=share.pk, user=reader)
    shown = item(client, share)
    assert (shown["savedSessionId"], shown["saveCost"], shown["saveCount"]) == (None, 10, 0)


def test_ones_own_items_are_mine(client, author, share):
    client.force_login(author)
    assert item(client, share)["mine"] is True


def test_nobody_is_called_by_their_user_name(client, reader):
    ella = make_person("ella@example.org", email="ella@example.org")
    make_share(ella)
    assert page(client)["items"][0]["user"]["displayName"] == f"Member {ella.pk}"
    assert "@" not in client.get("/api/community").content.decode()


@pytest.mark.parametrize(
    ("pricing", "cost"),
    [({"cost": 0}, 0), ({"cost": 7, "premium_only": True}, None), ({"is_active": False}, None)],
)
def test_the_cost_is_what_saving_would_be_charged(client, share, reader, pricing, cost):
    FeaturePricing.objects.update(**pricing)
    assert item(client, share)["saveCost"] == cost
    if pricing.get("premium_only"):
        make_premium(reader, days=1)
        assert item(client, share)["saveCost"] == 7


def test_saving_that_is_not_allowed_has_no_cost(client, share, reader):
    edit_share(session=share.session, allow_saves=False)
    shown = item(client, share)
    assert (shown["allowSaves"], shown["saveCost"]) == (False, None)


def test_what_is_hidden_has_no_cost_either(client, author, share):
    hide_share(share=share)
    client.force_login(author)
    assert item(client, share)["saveCost"] is None


def test_a_failed_copy_that_staff_paid_for_costs_nothing(client, proxy, author, reader):
    set_price(10)
    share = make_share(author)
    proxy.fail_copies(403)
    with pytest.raises(MediaCopyFailed):
        save_session(community_session_id=share.pk, user=reader, waive_credits=True)
    shown = item(client, share)
    assert (shown["savedSessionId"], shown["saveCost"]) == (None, 0)


def test_withdrawing_and_sharing_again_climbs_nowhere(client, author, reader):
    set_price(0)
    older = popular(author, "older", saves=0, days=1)
    popular(author, "newer", saves=0)
    withdraw_session(session=older.session)
    share_session(session=older.session)
    for sort in ("new", "hot"):
        assert titles(client, sort=sort) == ["newer", "older"]


def test_what_is_shown_is_what_was_shared(client, share, reader):
    edit_session(session=share.session, title="Fjords in June")
    assert titles(client) == ["Fjords in May"]
    share_session(session=share.session)
    assert titles(client) == ["Fjords in June"]


def test_a_share_is_there_only_while_a_whole_snapshot_is(client, proxy, author, reader):
    session = make_session(author)
    seen = []
    happened = proxy.in_mid_copy(elsewhere(lambda: seen.extend(titles(client))))
    share_session(session=session)
    assert happened.is_set()
    assert (seen, titles(client)) == ([], ["Fjords in May"])


def test_a_share_whose_copy_failed_is_not_there_until_it_is_tried_again(
    client, proxy, author, reader
):
    session = make_session(author)
    proxy.fail_copies(403)
    with pytest.raises(MediaCopyFailed):
        share_session(session=session)
    assert titles(client) == []
    proxy.rules.clear()
    share_session(session=session)
    assert titles(client) == ["Fjords in May"]
    check_objects()


ENDINGS = {
    "withdrawn": lambda share: withdraw_session(session=share.session),
    "hidden": lambda share: hide_share(share=share),
    "private": lambda share: edit_session(session=share.session, is_public=False),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_not_open_is_not_there(client, share, reader, ending):
    ENDINGS[ending](share)
    found = page(client)
    assert (found["items"], found["total"]) == ([], 0)
    assert item(client, share) == 404


def test_what_staff_have_hidden_is_seen_by_owner_and_staff(client, author, share):
    hide_share(share=share)
    for person in (author, make_person("staff", is_staff=True)):
        client.force_login(person)
        assert item(client, share)["isHidden"] is True
        assert page(client)["items"] == []


def popular(author, title, *, saves, days=0):
    share = make_share(author, slides=0, title=title)
    shared_at = timezone.now() - timezone.timedelta(days=days)
    hot = hot_score(save_count=F("save_count"), shared_at=Value(shared_at))
    CommunityShare.objects.filter(pk=share.pk).update(shared_at=shared_at, hot=hot)
    for number in range(saves):
        saver = make_person(f"{title} {number}")
        save_session(community_session_id=share.pk, user=saver)
    return share


def test_sorted_by_time_by_saves_and_by_both(client, author, reader):
    set_price(0)
    popular(author, "loved of old", saves=9, days=3)  # its tenfold saves outweigh 12.5 hours
    popular(author, "liked today", saves=2)
    popular(author, "liked last week", saves=3, days=7)
    popular(author, "just shared", saves=1)
    assert titles(client) == ["just shared", "liked today", "loved of old", "liked last week"]
    assert titles(client, sort="new") == titles(client)
    by_saves = ["loved of old", "liked last week", "liked today", "just shared"]
    assert titles(client, sort="top") == by_saves
    by_both = ["liked today", "just shared", "loved of old", "liked last week"]
    assert titles(client, sort="hot") == by_both


def test_tenfold_saves_outweigh_half_a_day(client, author, reader):
    set_price(0)
    popular(author, "older", saves=9, days=0.5)
    popular(author, "newer", saves=0)
    assert titles(client, sort="hot") == ["older", "newer"]


def test_equal_items_come_newest_first(client, author, reader):
    for title in ("first", "second", "third"):
        make_share(author, slides=0, title=title)
    CommunityShare.objects.update(shared_at=timezone.now(), hot=1)
    for sort in ("new", "top", "hot"):
        assert titles(client, sort=sort) == ["third", "second", "first"]


def test_filters_choose_and_all_of_them_hold(client, author, reader):
    travel, food = [Category.objects.create(name=name, slug=name) for name in ("travel", "food")]
    other = make_person("other")
    make_share(author, title="train", category=travel, subreddits=["Trains", "norway"], slides=0)
    make_share(author, title="soup", category=food, subreddits=["soup"], slides=0)
    make_share(other, title="boat", category=travel, subreddits=["norwegian"], slides=0)
    assert titles(client, categoryId=travel.pk) == ["boat", "train"]
    assert titles(client, categorySlug="food") == ["soup"]
    assert titles(client, creatorId=author.pk) == ["soup", "train"]
    assert titles(client, subreddit="norway") == ["train"]
    assert titles(client, subreddit="TRAINS") == ["train"]
    assert titles(client, creatorId=author.pk, categorySlug="travel", sort="hot") == ["train"]
    assert titles(client, categorySlug="nowhere") == []
    assert page(client, contentType="sessions", creatorId=other.pk)["total"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *[({"sort": "best"}, "sort"), ({"contentType": "media"}, "contentType")],
        *[({"page": 0}, "page"), ({"page": "x"}, "page"), ({"pageSize": 101}, "pageSize")],
        *[({"pageSize": 0}, "pageSize"), ({"creatorId": 2**63}, "creatorId")],
        *[({"categoryId": "x"}, "categoryId"), ({"colour": "red"}, "colour")],
        *[({"subreddit": ""}, "subreddit"), ({"search": "a" * 201}, "search")],
    ],
)
def test_a_senseless_parameter_is_named(client, reader, query, field):
    assert list(refused(client, **query)) == [field]


def test_pages_hold_everything_once(client, author, reader):
    for number in range(7):
        make_share(author, slides=0, title=f"Day {number}")
    pages = [page(client, page=number, pageSize=3) for number in (1, 2, 3, 4)]
    assert [len(found["items"]) for found in pages] == [3, 3, 1, 0]
    assert {(found["total"], found["totalPages"]) for found in pages} == {(7, 3)}
    shown = [found["title"] for one in pages for found in one["items"]]
    assert shown == [f"Day {number}" for number in (6, 5, 4, 3, 2, 1, 0)]


def many_shares(author, number):
    """As many, and with whole snapshots, but quicker than one by one."""
    originals = Session.objects.bulk_create(
        Session(owner=author, title=f"Day {n}", is_public=True) for n in range(number)
    )
    snapshots = Session.objects.bulk_create(
        Session(snapshot_of=original, title=original.title) for original in originals
    )
    CommunityShare.objects.bulk_create(
        CommunityShare(session=original, snapshot=snapshot)
        for original, snapshot in zip(originals, snapshots, strict=True)
    )


def test_more_than_a_thousand_are_neither_counted_nor_shown(client, author, reader):
    many_shares(author, 1001)
    last = page(client, page=34, pageSize=30)
    assert [found["title"] for found in last["items"]] == [f"Day {n}" for n in range(10, 0, -1)]
    assert (last["total"], last["totalCapped"], last["totalPages"]) == (1000, True, 34)
    assert list(refused(client, page=35, pageSize=30)) == ["page"]


def test_the_last_page_of_a_thousand_is_the_last(client, reader):
    assert page(client, page=50)["items"] == []
    assert list(refused(client, page=51)) == ["page"]
    assert list(refused(client, page=11, pageSize=100)) == ["page"]


def test_an_item_withdrawn_while_a_page_is_made_is_left_out(author, reader):
    gone, stays = make_share(author, slides=0), make_share(author, slides=0)
    withdraw_session(session=gone.session)
    found = items_of([gone.pk, stays.pk], reader)
    assert [one.shown_by for one in found] == [stays]


def test_sharing_again_shows_it_once(client, share, reader):
    share_session(session=share.session)
    share_session(session=share.session)
    assert page(client)["total"] == 1
