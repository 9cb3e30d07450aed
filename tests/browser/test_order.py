"""Ordering slides in the editor: by dragging, by keys and by buttons."""

import re

import pytest
from playwright.sync_api import expect

from sessions.uploading import add_external_media
from tests.factories import make_session


@pytest.fixture
def session(page, author, sign_in):
    """Six slides of media elsewhere, which nobody asks for."""
    session = make_session(author, slides=0)
    media = [
        {"external_url": f"https://example.org/{n}.jpg", "media_type": "image", "caption": str(n)}
        for n in range(1, 7)
    ]
    add_external_media(session=session, media=media)
    page.route("https://example.org/**", lambda route: route.fulfill(status=204))
    page.set_viewport_size({"width": 1280, "height": 1400})
    sign_in(author)
    page.goto(f"/library/{session.pk}")
    expect(handle(page, 6)).to_be_visible()
    return session


def handle(page, number):
    return page.get_by_role("button", name=f"Slide {number}: drag it")


def state(page):
    return page.locator("joip-order > .state")


def expect_order(page, session, captions):
    """In the page, and after the last save in the database."""
    shown = page.locator("form.caption textarea")
    for number, caption in enumerate(captions):
        expect(shown.nth(number)).to_have_value(caption)
    page.wait_for_function("() => document.querySelector('joip-order').unsaved === 0")
    assert "".join(session.media.values_list("caption", flat=True)) == captions


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_slide_is_dragged_by_mouse(page, session):
    page.mouse.move(*centre(handle(page, 3)))
    page.mouse.down()
    x, y = centre(page.locator("#slide-list > li").first)
    page.mouse.move(x, y)
    page.mouse.move(x, y - 60, steps=3)
    page.mouse.up()
    expect(state(page)).to_have_text("Slide moved to place 1 of 6.")
    expect_order(page, session, "312456")
    expect(handle(page, 1)).to_be_focused()


@pytest.mark.browser_context_args(has_touch=True)
def test_a_slide_is_dragged_by_touch_also_beyond_the_edge(page, session):
    page.set_viewport_size({"width": 390, "height": 600})
    page.locator("#slides").scroll_into_view_if_needed()
    handle(page, 1).scroll_into_view_if_needed()
    x, y = centre(handle(page, 1))
    finger = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x, y))
    touch("touchMove", (x, y + 20))
    touch("touchMove", (x, 590))  # at the edge, the page scrolls
    expect(page.locator("#sharing")).to_be_in_viewport()
    last = page.locator("#slide-list > li").last
    expect(last).to_have_class("aim-end")
    touch("touchEnd")
    expect(state(page)).to_have_text("Slide moved to place 6 of 6.")
    expect_order(page, session, "234561")


def test_a_slide_is_moved_by_keys_and_keeps_the_focus(page, session):
    handle(page, 2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(state(page)).to_have_text("Slide moved to place 4 of 6.")
    expect(handle(page, 4)).to_be_focused()
    expect_order(page, session, "134256")
    page.keyboard.press("ArrowUp")
    expect_order(page, session, "132456")


def test_the_buttons_move_without_a_new_page(page, session):
    page.evaluate("window.isSame = true")
    page.get_by_role("button", name="Move slide 2 up").press("Enter")
    expect(page.get_by_role("button", name="Slide 1: drag")).to_be_focused()  # no way further up
    page.get_by_role("button", name="Move slide 1 down").press("Enter")
    expect(page.get_by_role("button", name="Move slide 2 down")).to_be_focused()
    row = page.locator("#slide-list > li").nth(4)
    row.get_by_text("Move to …").click()
    row.get_by_label("Place").fill("1")
    row.get_by_role("button", name="Move slide 5", exact=True).click()
    expect_order(page, session, "512346")
    assert page.evaluate("window.isSame")


def test_an_order_that_cannot_be_saved_is_put_back(page, session, complaints):
    page.route(re.compile("/move$"), lambda route: route.abort())
    handle(page, 1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(state(page)).to_contain_text("The order could not be saved, and is as it was before.")
    expect(handle(page, 1)).to_be_focused()
    expect_order(page, session, "123456")
    page.unroute(re.compile("/move$"))
    page.keyboard.press("ArrowDown")
    expect_order(page, session, "213456")
    complaints[:] = [text for text in complaints if not text.startswith("Failed to load resource")]


def test_escape_gives_a_drag_up(page, session):
    page.mouse.move(*centre(handle(page, 2)))
    page.mouse.down()
    page.mouse.move(*centre(handle(page, 4)))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect_order(page, session, "123456")


def test_a_slide_moves_to_another_page_by_its_number(page, session):
    media = [{"external_url": "https://example.org/a.jpg", "media_type": "image"}] * 100
    add_external_media(session=session, media=media)
    page.reload()
    row = page.locator("#slide-list > li").first
    row.get_by_text("Move to …").click()
    row.get_by_label("Place").fill("105")
    row.get_by_role("button", name="Move slide 1", exact=True).click()
    page.wait_for_url(re.compile(r"\?page=2#slide-\d+$"))
    expect(page.get_by_label("Caption of slide 105")).to_have_value("1")
