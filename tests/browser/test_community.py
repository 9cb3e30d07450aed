"""Stories of the feed and its items: load more and come back, search, save, all by keyboard too."""

import pytest
from playwright.sync_api import expect

from credits.ledger import balance_of
from sessions.copying import resume_copy
from tests.browser.watching import expect_paused, expect_playing
from tests.factories import (
    begin,
    encoded,
    let_the_lease_run_out,
    make_person,
    make_share,
    set_price,
)


@pytest.fixture
def saver(page, author, sign_in):
    set_price(10)
    saver = make_person("saver", balance=50)
    sign_in(saver)
    return saver


def test_who_comes_back_finds_all_that_was_loaded_where_it_was(page, author, saver):
    elsewhere = {"body": encoded("PNG"), "content_type": "image/png"}
    page.route("https://example.org/**", lambda route: route.fulfill(**elsewhere))
    for number in range(25):
        make_share(author, slides=0, title=f"Walk {number}")
    page.goto("/community")
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".card")).to_have_count(25)
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    last = page.get_by_role("link", name="Walk 0", exact=True)
    last.click()
    expect(page.get_by_role("heading", name="Walk 0")).to_be_visible()
    page.go_back()
    expect(page.locator(".card")).to_have_count(25)
    expect(last).to_be_in_viewport()


def test_a_search_keeps_focus_and_caret_and_says_how_much_it_found(page, author, saver):
    for title in ("Fjords", "Four soups", "Four songs"):
        make_share(author, slides=1, title=title)
    page.goto("/community")
    search, found = page.get_by_role("searchbox"), page.get_by_role("status")
    search.press_sequentially("four sox")
    expect(found).to_have_text("0 slideshows found")
    page.keyboard.press("Backspace")
    expect(found).to_have_text("2 slideshows found")
    for key in ("ArrowLeft", "ArrowLeft", "x"):
        page.keyboard.press(key)
    expect(found).to_have_text("0 slideshows found")
    page.keyboard.press("Backspace")
    expect(found).to_have_text("2 slideshows found")
    page.keyboard.type("x")
    expect(search).to_have_value("four xso")


def test_a_copy_is_watched_while_it_is_made_and_its_receipt_comes_by_itself(page, author, saver):
    share = make_share(author)
    copy = begin(share, saver)
    page.goto(f"/community/{share.pk}")
    expect(page.get_by_role("progressbar")).to_have_accessible_name(
        "Copying into your library: 0 of 3 slides"
    )
    page.get_by_role("link", name="Watch your copy meanwhile").click()
    expect_playing(page)
    page.keyboard.press("Space")
    expect_paused(page)
    page.go_back()
    expect(page.get_by_role("progressbar")).to_be_visible()
    let_the_lease_run_out(copy)
    resume_copy(session=copy)
    expect(page.get_by_text("Saved for 10 credits. You have 40 left.")).to_be_visible()


def test_keys_alone_lead_from_the_feed_through_a_save_to_the_player(page, author, saver):
    make_share(author, title="Fjords")
    page.goto("/community")
    press_until(page, "Fjords")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fjords")).to_be_visible()
    press_until(page, "Save for 10 credits")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Open it in your library")).to_be_focused()
    assert balance_of(saver) == 40
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Play")).to_be_visible()
    press_until(page, "Play")
    page.keyboard.press("Enter")
    expect(page.locator("joip-player")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".position")).to_have_text("1 / 3")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Fjords")).to_be_visible()


def press_until(page, name):
    """Tab, as often as it takes; what has the focus shows it."""
    focus = "document.activeElement.textContent.trim()"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(focus) == name:
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"no key leads to {name}")


def test_a_save_that_takes_long_shows_how_far_it_is(page, author, saver):
    """The answer to the form is held back, as by a store that copies slowly."""
    share = make_share(author)
    held = []
    page.route("**/save", lambda route: held.append(route))
    page.goto(f"/community/{share.pk}")
    page.get_by_role("button", name="Save for 10 credits").click()
    begin(share, saver)  # what the server does first
    expect(page.get_by_role("progressbar")).to_have_accessible_name(
        "Copying into your library: 0 of 3 slides"
    )
    expect(page.get_by_role("link", name="Watch your copy meanwhile")).to_be_focused()
    held[0].continue_()
