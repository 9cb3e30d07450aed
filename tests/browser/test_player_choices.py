"""The player: intervals, what is chosen in it, full screen, fingers, and a save at the end."""

import re

import pytest
from playwright.sync_api import expect

from credits.ledger import balance_of
from tests.browser.watching import expect_slide
from tests.factories import make_person, make_share, set_price

pytestmark = pytest.mark.backend_free


def test_a_picture_stays_between_the_shortest_and_the_longest_time(page, stopped_clock, watch):
    watch(slides=20, interval_min=2, interval_max=4)
    expect_slide(page, 1, count=20)
    stopped_clock.run_for(1900)
    expect_slide(page, 1, count=20)
    stopped_clock.run_for(2100)
    expect_slide(page, 2, count=20)


@pytest.mark.parametrize("transition", ["fade", "slide", "zoom", "flip", "none"])
def test_a_transition_is_chosen_in_the_player(page, watch, transition):
    watch(query="", slides=2, transition="fade")
    expect_slide(page, 1, count=2)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Transition").select_option(transition)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    # The one before may be gone already, where there is no transition.
    expect(page.locator(".slide").last).to_have_class(re.compile(f"by-{transition} on"))


def test_one_key_fills_the_screen_and_leaves_it(page, watch):
    watch(query="")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement?.localName === 'joip-player'")
    page.keyboard.press("f")
    page.wait_for_function("() => !document.fullscreenElement")


@pytest.mark.browser_context_args(has_touch=True, viewport={"width": 390, "height": 844})
def test_a_finger_hits_every_control(page, watch):
    watch(query="")
    expect_slide(page, 1)
    page.get_by_role("button", name="Settings").click()
    for target in page.locator("joip-player :is(a, button, select, label:has(input))").all():
        if target.is_visible():
            box = target.bounding_box()
            assert min(box["width"], box["height"]) >= 44, target.evaluate("e => e.outerHTML")


def test_the_end_offers_to_save_what_is_anothers(page, author, sign_in):
    set_price(10)
    share = make_share(author, slides=1)
    friend = make_person("friend", balance=50)
    sign_in(friend)
    page.goto(f"/community/{share.pk}/play")
    expect_slide(page, 1, count=1)
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Save for 10 credits").click()
    expect(page.get_by_text("Saved for 10 credits. You have 40 left.")).to_be_visible()
    assert balance_of(friend) == 40
