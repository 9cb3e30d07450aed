"""The player: what people see and do who watch a slideshow."""

import re
from itertools import combinations

import pytest
from playwright.sync_api import expect

from tests.browser.watching import (
    expect_paused,
    expect_playing,
    expect_slide,
    expect_to_stay,
    play_button,
    show_tab,
    shown,
)
from tests.factories import make_person, make_session, make_share, set_price

pytestmark = pytest.mark.backend_free  # what media have to do with is in test_player_media.py


@pytest.fixture
def clock(stopped_clock):
    return stopped_clock


def test_a_show_plays_to_its_end_and_again(page, clock, watch):
    watch()
    for number in (1, 2, 3):
        expect_slide(page, number)
        clock.run_for(3000)
    expect(page.get_by_role("status")).to_have_text("The end")
    page.get_by_role("button", name="Play again").click()
    expect_slide(page, 1)
    expect(page.get_by_role("button", name="Play again")).to_be_hidden()
    clock.run_for(3000)
    expect_slide(page, 2)


def test_nothing_starts_unasked_and_one_key_starts_it(page, clock, watch):
    watch(query="")
    expect_to_stay(page, clock, 1)
    page.keyboard.press("Space")
    expect_playing(page)
    clock.run_for(3000)
    expect_slide(page, 2)


def test_paused_stays_paused_after_stepping_and_after_coming_back(page, clock, watch):
    watch()
    expect_slide(page, 1)
    play_button(page).click()
    expect_paused(page)
    page.keyboard.press("ArrowRight")
    expect_to_stay(page, clock, 2)
    show_tab(page, False)
    show_tab(page, True)
    expect_to_stay(page, clock, 2)
    expect_paused(page)


def test_a_show_waits_while_its_tab_is_hidden(page, clock, watch):
    watch()
    expect_slide(page, 1)
    show_tab(page, False)
    expect_to_stay(page, clock, 1)
    show_tab(page, True)
    expect_playing(page)
    clock.run_for(3000)
    expect_slide(page, 2)


def test_keys_buttons_clicks_and_swipes_step(page, watch):
    watch(query="")
    for key, number in {"End": 3, "ArrowLeft": 2, "Home": 1, "ArrowRight": 2}.items():
        page.keyboard.press(key)
        expect_slide(page, number)
    page.get_by_role("button", name="Next slide").click()
    expect_slide(page, 3)
    page.get_by_role("button", name="Previous slide").click()
    expect_slide(page, 2)
    page.mouse.click(1200, 300)
    expect_slide(page, 3)
    page.mouse.click(80, 300)
    expect_slide(page, 2)
    page.mouse.click(640, 300)
    expect_playing(page)
    for start, end, number in ((600, 400, 3), (600, 800, 2)):
        page.mouse.move(start, 300)
        page.mouse.down()
        page.mouse.move(end, 310)
        page.mouse.up()
        expect_slide(page, number)


def test_shuffle_shows_every_slide_before_any_again_and_steps_back_the_same_way(page, clock, watch):
    watch(slides=5, query="?autoplay=1&loop=1")
    page.keyboard.press("s")
    seen = []
    for number in [1, 2, 3, 4, 5] * 2:
        expect(page.locator(".position")).to_have_text(f"{number} / 5")
        expect(shown(page)).to_have_attribute("alt", re.compile(f"Slide {number} of 5"))
        seen.append(page.locator(".caption").text_content())
        clock.run_for(3000)
    assert len(set(seen[:5])) == len(set(seen[5:])) == 5
    assert seen[4] != seen[5]
    for caption in reversed(seen):
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".caption")).to_have_text(caption)


def test_what_is_set_is_kept_in_this_browser(page, clock, watch):
    session = watch()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Seconds a picture").fill("20")
    page.get_by_label("Begin again at the end").check()
    page.get_by_label("Fill the window").check()
    page.keyboard.press("c")
    expect(page.locator(".caption")).to_be_hidden()
    watch(session)
    expect(shown(page)).to_have_css("object-fit", "cover")
    for number in (1, 2, 3, 1):
        clock.run_for(19_000)
        expect(page.locator(".position")).to_have_text(f"{number} / 3")
        clock.run_for(1_000)
    expect(page.locator(".caption")).to_be_hidden()
    expect(page.get_by_role("button", name="Captions")).to_have_attribute("aria-pressed", "false")


def test_a_session_plays_as_its_owner_set_it(page, watch):
    watch(transition="zoom")
    expect_slide(page, 1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slide:last-child")).to_have_class(re.compile("by-zoom"))
    expect(page.locator(".slide")).to_have_count(1)  # the one before goes


def test_controls_and_pointer_hide_while_nothing_moves(page, clock, watch):
    watch()
    expect_slide(page, 1)
    clock.run_for(2600)
    controls = page.locator(".below .controls")
    expect(controls).to_have_css("opacity", "0")
    expect(page.locator(".stage")).to_have_css("cursor", "none")
    expect(page.locator(".caption")).to_be_visible()
    page.mouse.move(300, 300)
    page.mouse.move(310, 300)
    expect(controls).to_have_css("opacity", "1")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    clock.run_for(60_000)
    expect(controls).to_have_css("opacity", "1")  # one of them has the focus
    assert page.evaluate("document.activeElement.ariaLabel") == "Previous slide"


@pytest.mark.browser_context_args(has_touch=True)
def test_a_finger_brings_the_controls_back_before_it_does_more(page, clock, watch):
    watch()
    expect_slide(page, 1)
    clock.run_for(2600)
    controls = page.locator(".below .controls")
    expect(controls).to_have_css("opacity", "0")
    page.touchscreen.tap(640, 300)
    expect(controls).to_have_css("opacity", "1")
    expect_playing(page)
    page.touchscreen.tap(640, 300)
    expect_paused(page)


def test_nothing_lies_over_anything_on_a_narrow_phone(page, author, watch):
    session = make_session(author, slides=1)
    session.media.update(caption="Nobody else on the water, " * 50)
    page.set_viewport_size({"width": 320, "height": 560})
    watch(session, query="")
    expect(shown(page)).to_have_attribute("alt", re.compile("^Slide 1"))
    parts = [page.locator(".caption"), *page.locator(".controls > :visible").all()]
    boxes = [part.bounding_box() for part in parts]
    for box in boxes:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    for one, other in combinations(boxes, 2):
        apart = ends(one, "x", "width", other) or ends(one, "y", "height", other)
        assert apart, (one, other)


def ends(one, start, length, other):
    """Whether one of them ends before the other begins."""
    return one[start] + one[length] <= other[start] or other[start] + other[length] <= one[start]


def test_keys_work_on_when_what_had_the_focus_is_gone(page, watch):
    watch(query="")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Keys").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(":popover-open")).to_have_count(0)
    expect(page.locator("joip-player")).to_be_focused()
    page.keyboard.press("End")
    expect_slide(page, 3)
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Play again").press("Enter")
    expect_slide(page, 1)
    page.keyboard.press("ArrowRight")
    expect_slide(page, 2)


def test_escape_leaves_the_player(page, watch):
    session = watch()
    page.route(f"**/library/{session.pk}", lambda route: route.fulfill(body="the session"))
    page.keyboard.press("Escape")
    expect(page.get_by_text("the session")).to_be_visible()


def test_the_screen_stays_on_while_a_show_plays(page, watch):
    page.add_init_script("""
        window.locks = 0;
        const request = async () => (locks++, { release: async () => locks-- });
        Object.defineProperty(navigator, "wakeLock", { value: { request } });
    """)
    watch()
    expect_slide(page, 1)
    for press, locks in ((None, 1), ("Space", 0), ("Space", 1), ("End", 1), ("ArrowRight", 0)):
        if press:
            page.keyboard.press(press)
        page.wait_for_function("wanted => locks === wanted", arg=locks)


def test_less_motion_means_none_and_nothing_starts_by_itself(page, clock, watch):
    page.emulate_media(reduced_motion="reduce")
    watch(transition="slide")
    expect_to_stay(page, clock, 1)
    page.keyboard.press("ArrowRight")
    expect_slide(page, 2)
    assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press("Space")
    expect_playing(page)
    clock.run_for(2900)
    expect(page.locator(".below .controls")).to_have_css("opacity", "1")


def test_who_listens_hears_where_they_stepped_and_no_show(page, clock, watch):
    watch()
    said = page.get_by_role("status")
    expect_slide(page, 1)
    expect(said).to_be_empty()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Slide 2 of 3: Fjord 1")


def test_the_end_leads_on_to_the_next_of_the_feed(page, author, sign_in):
    set_price(10)
    older, newer = (make_share(author, slides=1, title=title) for title in ("Older", "Newer"))
    sign_in(make_person("friend", balance=50))
    page.goto(f"/community/{newer.pk}/play")
    expect_slide(page, 1, count=1)
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Next from the community").click()
    expect(page).to_have_url(re.compile(f"/community/{older.pk}/play"))
    expect(page.get_by_role("heading", name="Older")).to_be_visible()
    expect_playing(page)


def test_without_scripts_the_slides_are_a_list(new_context, base_url, author, client):
    client.force_login(author)
    session = make_session(author)
    context = new_context(java_script_enabled=False)
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": base_url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"/library/{session.pk}/play")
    pictures = page.get_by_role("img")
    expect(pictures).to_have_count(3)
    expect(page.get_by_role("listitem").nth(1)).to_have_text("Fjord 1")
    expect(page.get_by_role("button")).to_have_count(0)
    assert pictures.first.evaluate("picture => picture.naturalWidth") == 8
