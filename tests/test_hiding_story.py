"""The whole of it over HTTP: reported, hidden with the shares of copies, and unhidden again."""

import time

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.factories import set_price
from tests.ledgers import check_ledger, check_objects, check_shares
from tests.test_lineage import SOURCE_HIDDEN
from tests.test_story import Browser, jpeg, staff  # noqa: F401  # a fixture
from tests.test_three_people import fetch

QUEUE = "/admin/community/reportedshare/"
BECAUSE = {"reason": "copyright", "sentence": "The second picture is Theo's."}


@pytest.fixture
def act(staff):  # noqa: F811
    """Staff press a button on the page of a share, or do something to rows of a list."""

    def act(action, path, **said):
        answer = staff.post(path, {"action": action, **said})
        assert answer.status_code == 302, answer.content
        return [str(message) for message in get_messages(answer.wsgi_request)]

    return act


def save(browser, share):
    return browser.ask("post", f"/community/sessions/{share}/save")["sessionId"]


def share_it(browser, session):
    return browser.ask("post", f"/sessions/{session}/community-share", {})["id"]


def assert_cannot_share(browser, session):
    for way in ("community-share", "share"):
        path = f"/sessions/{session}/{way}"
        assert browser.ask("post", path, {}, expected=[403]) == SOURCE_HIDDEN


def addresses(browser, share):
    media = browser.get(f"/community/sessions/{share}")["media"]
    return [slide[name] for slide in media for name in ("mediaUrl", "thumbnail")]


def all_read(addresses):
    """By whoever has them: no cookie goes with it."""
    return {fetch(address, Client())[0] for address in addresses} == {200}


def none_read(addresses):
    return 200 not in {fetch(address, Client())[0] for address in addresses}


def test_what_is_hidden_is_gone_everywhere_until_it_is_unhidden(staff, act, settings):  # noqa: F811
    settings.MEDIA_URL_SECONDS = 6
    set_price(1)
    ines, noor, theo, mara = (Browser(name) for name in ("Ines", "Noor", "Theo", "Mara"))
    original = ines.ask("post", "/sessions", {"title": "Fjords in May"})["id"]
    ines.upload(f"/sessions/{original}/media", jpeg(1), jpeg(2), captions=["Dawn", "Noon"])
    first = share_it(ines, original)
    copy = save(noor, first)
    second = share_it(noor, copy)
    code = noor.ask("post", f"/sessions/{copy}/share")["shareCode"]
    copy_of_copy = save(mara, second)

    known = addresses(theo, first) + addresses(theo, second)
    assert all_read(known)
    report = {"reason": "copyright", "text": "The second one is mine."}
    theo.ask("post", f"/community/sessions/{first}/report", report)
    page = f"{QUEUE}{first}/change/"
    assert "The second one is mine." in staff.get(page).content.decode()
    assert act("hide_with_copies", page, **BECAUSE)

    # Gone for others, on every way, and the bytes as soon as the known addresses have run out.
    assert theo.get("/community")["items"] == []
    for share in (first, second):
        theo.ask("get", f"/community/sessions/{share}", expected=[404])
        theo.ask("post", f"/community/sessions/{share}/save", expected=[404])
    for path in (f"/sessions/{original}", f"/sessions/{copy}", f"/shared/{code}"):
        theo.ask("get", path, expected=[404])
    deadline = time.monotonic() + settings.MEDIA_URL_SECONDS + 1
    while not none_read(known):
        assert time.monotonic() < deadline
        time.sleep(0.2)

    # Whoever is concerned reads why, and keeps the own copy, but cannot share it.
    (told,) = ines.get(f"/sessions/{original}/decisions")
    assert (told["kind"], told["originId"], BECAUSE.items() <= told.items()) == ("hide", None, True)
    told = noor.get(f"/sessions/{copy}/community-share")["decision"]
    assert (told["originId"], BECAUSE.items() <= told.items()) == (first, True)
    (answered,) = theo.get("/reports")
    assert (answered["status"], answered["hidden"]) == ("answered", True)
    for browser, session in [(noor, copy), (mara, copy_of_copy)]:
        assert_cannot_share(browser, session)
        media = browser.get(f"/sessions/{session}")["media"]
        assert all_read([slide["mediaUrl"] for slide in media])

    act("unhide", page, sentence="Theo allows it.")
    for share in (first, second):
        assert all_read(addresses(theo, share))
    third = share_it(mara, copy_of_copy)

    # Hidden again, and deleted by the author: the copies stay hidden, until staff decide anew.
    act("hide_with_copies", page, **BECAUSE)
    ines.ask("delete", f"/sessions/{original}")
    for browser, session in [(noor, copy), (mara, copy_of_copy)]:
        assert_cannot_share(browser, session)
    for share in (second, third):
        theo.ask("get", f"/community/sessions/{share}", expected=[404])
    decisions = "/admin/community/decision/"
    last = staff.get(decisions, {"q": first}).context["cl"].result_list[0]
    act("unhide", decisions, _selected_action=last.pk, sentence="Theo allows it.")
    assert [item["id"] for item in theo.get("/community")["items"]] == [third, second]
    share_it(mara, copy_of_copy)
    check_ledger()
    check_objects()
    check_shares()
