"""What staff feature on the home page, out of what its author allows."""

import json
import re

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from community.featuring import HomePageFull, feature_share, unfeature_share
from community.models import MAX_FEATURED, CommunityShare
from community.moderation import hide_share, unhide_share
from community.sharing import edit_share, share_session, withdraw_session
from sessions.deletion import delete_session
from sessions.editing import edit_session
from tests.factories import add_address, make_person, make_session, make_share
from tests.test_security_log import ADDRESS, lines, staff  # noqa: F401  # fixtures
from tests.test_three_people import fetch
from tests.threads import all_at_once

LIST = "/admin/community/communityshare/"


def run(client, action, *shares):
    data = {"action": action, "_selected_action": [share.pk for share in shares]}
    answer = client.post(LIST, data)
    said = list(get_messages(answer.wsgi_request))[-1:]  # those of earlier deeds come before
    return str(*said)


def allow(share, allowed=True):
    edit_share(session=share.session, allow_featuring=allowed)
    return share


def on_home_page():
    """The ids of the shares that play from the home page, in its order."""
    page = Client().get("/").content.decode()
    return [int(pk) for pk in dict.fromkeys(re.findall(r"/community/(\d+)/play", page))]


@pytest.fixture
def allowed(share):
    return allow(share)


@pytest.fixture
def featured(allowed):
    feature_share(share=allowed)
    return allowed


def make_light_shares(owner, number):
    """Allowed to be featured; a slide elsewhere costs no upload."""
    return [allow(make_share(owner, slides=0)) for _ in range(number)]


def test_authors_allow_it_over_the_api(client, author, share):
    path = f"/api/sessions/{share.session_id}/community-share"
    client.force_login(author)
    assert client.get(path).json()["allowFeaturing"] is False
    changed = client.patch(path, {"allowFeaturing": True}, "json")
    assert (changed.status_code, changed.json()["allowFeaturing"]) == (200, True)
    assert changed.json()["allowSaves"] is True
    assert client.post(path).json()["allowFeaturing"] is True  # shared again
    assert client.post(path, {"allowFeaturing": False}, "json").json()["allowFeaturing"] is False


def test_authors_allow_it_in_the_editor(client, author, share):
    own = f"/library/{share.session_id}"
    client.force_login(author)
    client.post(f"{own}/share/choices", {"allowSaves": "on", "allowFeaturing": "on"})
    share.refresh_from_db()
    assert (share.allow_saves, share.allow_featuring) == (True, True)
    assert 'name="allowFeaturing" checked' in client.get(own).content.decode()
    client.post(f"{own}/share", {"allowSaves": "on"})
    share.refresh_from_db()
    assert (share.allow_saves, share.allow_featuring) == (True, False)


def test_staff_feature_what_is_allowed_and_take_it_off_again(admin_client, allowed):
    assert on_home_page() == []
    told = run(admin_client, "feature", allowed)
    assert (told, on_home_page()) == ("Fjords in May: Featured on the home page.", [allowed.pk])
    assert run(admin_client, "feature", allowed) == told  # it stays
    told = run(admin_client, "unfeature", allowed)
    assert (told, on_home_page()) == ("Fjords in May: Taken off the home page.", [])


def test_staff_without_the_right_to_change_shares_feature_nothing(client, allowed, staff_who_may):
    client.force_login(staff_who_may("view_communityshare"))
    run(client, "feature", allowed)
    assert on_home_page() == []


def test_a_refusal_says_why(admin_client, share):
    def refused():
        told = run(admin_client, "feature", share)
        assert on_home_page() == []
        return told.removeprefix("Fjords in May: ")

    assert refused() == "Its author does not allow it to be shown on the home page"
    allow(share)
    hide_share(share=share)
    assert refused() == "It is hidden: unhide it first"
    unhide_share(share=share)
    withdraw_session(session=share.session)
    assert refused() == "It is not offered to the community now"


def test_there_are_six_places_and_one_that_is_left_is_free(admin_client, author):
    first, *others, last = make_light_shares(author, MAX_FEATURED + 1)
    for share in (first, *others):
        feature_share(share=share)
    full = "Fjords in May: The home page shows 6 already: take one off it first"
    assert run(admin_client, "feature", last) == full
    assert on_home_page() == [share.pk for share in (first, *others)]
    unfeature_share(share=others[0])
    feature_share(share=last)
    assert on_home_page() == [first.pk, last.pk, *[share.pk for share in others[1:]]]


@pytest.mark.races
def test_no_more_than_six_are_featured_whoever_features_at_once(author):
    shares = make_light_shares(author, MAX_FEATURED + 2)
    deeds = [lambda share=share: feature_share(share=share) for share in shares]
    answers = all_at_once(*deeds)
    places = CommunityShare.objects.featured().values_list("featured_place", flat=True)
    assert list(places) == [1, 2, 3, 4, 5, 6]
    assert [type(answer) for answer in answers if answer] == [HomePageFull] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"featured_place": 0},
        {"featured_place": MAX_FEATURED + 1},
        {"allow_featuring": False},
        {"hidden_at": timezone.now()},
        {"withdrawn_at": timezone.now()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_database_keeps_to_the_places_and_to_what_may_be_shown(featured, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        CommunityShare.objects.filter(pk=featured.pk).update(**changes)


def test_the_database_gives_a_place_once(author):
    first, second = make_light_shares(author, 2)
    feature_share(share=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        CommunityShare.objects.filter(pk=second.pk).update(featured_place=1)


UNDONE = {
    "unticked": (lambda share: allow(share, False), allow),
    "hidden": (lambda share: hide_share(share=share), lambda share: unhide_share(share=share)),
    "withdrawn": (
        lambda share: withdraw_session(session=share.session),
        lambda share: share_session(session=share.session),
    ),
    "private": (
        lambda share: edit_session(session=share.session, is_public=False),
        lambda share: share_session(session=share.session),
    ),
}


@pytest.mark.parametrize("what", UNDONE)
def test_it_is_gone_at_once_and_does_not_come_back_by_itself(client, featured, what):
    end, undo = UNDONE[what]
    play = f"/community/{featured.pk}/play"
    assert client.get(play).status_code == 200
    end(featured)
    assert (on_home_page(), client.get(play).status_code) == ([], 302)
    assert client.get(f"{play}/slides").status_code == 404
    undo(featured)
    assert (on_home_page(), client.get(play).status_code) == ([], 302)
    feature_share(share=featured)
    assert on_home_page() == [featured.pk]


def test_a_deleted_session_leaves_its_place(client, featured):
    delete_session(session=featured.session)
    assert on_home_page() == []
    assert client.get(f"/community/{featured.pk}/play").status_code == 302


def test_shared_again_it_stays_featured_as_it_is_now(client, featured):
    edit_session(session=featured.session, title="Fjords in June")
    assert "Fjords in May" in client.get("/").content.decode()
    share_session(session=featured.session)
    assert "Fjords in June" in client.get("/").content.decode()


def test_staff_deeds_are_told_in_the_security_log(staff, allowed, author, lines):  # noqa: F811
    lines()
    run(staff, "feature", allowed)
    run(staff, "unfeature", allowed)
    by = f"person={author.pk} address={ADDRESS} staff={staff.user.pk} share={allowed.pk}"
    assert lines() == [f"event=featured {by}", f"event=unfeatured {by}"]


def test_a_refused_deed_is_not_told(staff, share, lines):  # noqa: F811
    lines()
    run(staff, "feature", share)
    assert lines() == []


def test_the_list_says_what_is_featured(admin_client, featured):
    make_share(make_person("other"), slides=0)
    found = admin_client.get(LIST, {"featured": "yes"}).context["cl"].result_list
    assert list(found) == [featured]


def test_it_plays_signed_out_with_addresses_that_are_renewed(client, featured, settings):
    page = client.get(f"/community/{featured.pk}/play?autoplay=1").content.decode()
    source = re.search(r'<joip-player source="([^"]+)" autoplay', page)[1]
    shown = json.loads(re.search(r'id="slides" type="application/json">(.*?)</script>', page)[1])
    assert shown == client.get(source).json()
    assert shown["session"] == {
        "title": "Fjords in May",
        "intervalMin": 3,
        "intervalMax": 10,
        "transition": "fade",
    }
    assert [slide["caption"] for slide in shown["media"]] == ["Fjord 0", "Fjord 1", "Fjord 2"]
    assert {fetch(slide["mediaUrl"], client)[0] for slide in shown["media"]} == {200}
    assert "Sign in to save it" in page


def test_signed_out_nothing_else_of_it_is_open(client, featured):
    pk, session = featured.pk, featured.session_id
    for path in (f"community/sessions/{pk}", f"sessions/{session}", "community"):
        assert client.get(f"/api/{path}").status_code == 401
    assert client.post(f"/api/community/sessions/{pk}/save").status_code == 401
    for path in (f"/community/{pk}", f"/community/{pk}/save", f"/library/{session}/play"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_what_is_not_featured_looks_like_what_is_not_there(client, share):
    for path in ("play", "play/slides", "cover"):
        answers = [client.get(f"/community/{pk}/{path}") for pk in (share.pk, 999_999)]
        statuses = {answer.status_code for answer in answers}
        assert statuses == ({302} if path == "play" else {404})


def test_the_next_featured_is_offered_at_the_end(client, author):
    first, second = make_light_shares(author, 2)
    for share in (second, first):
        feature_share(share=share)
    page = client.get(f"/community/{second.pk}/play").content.decode()
    assert f'href="/community/{first.pk}/play?autoplay=1">Next slideshow' in page
    assert "Next slideshow" not in client.get(f"/community/{first.pk}/play").content.decode()


def test_the_author_reads_that_it_is_featured(client, author, featured):
    client.force_login(author)
    page = client.get(f"/library/{featured.session_id}").content.decode()
    assert "The home page shows it" in page


def test_the_home_page_loads_no_picture_from_elsewhere(client, author):
    session = make_session(author, slides=0)
    add_address(session)
    feature_share(share=allow(share_session(session=session)))
    assert "example.org" not in client.get("/").content.decode()
