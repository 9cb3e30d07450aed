"""Adding pictures and videos in the editor."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_session, picture


def jpeg(number, name=None):
    return {"name": name or f"{number}.jpg", "mimeType": "image/jpeg", "buffer": picture(number)}


JUNK = {"name": "junk.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
NOTES = {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}


@pytest.fixture
def session(page, author, sign_in):
    session = make_session(author, slides=0)
    sign_in(author)
    page.goto(f"/library/{session.pk}")
    return session


def choose(page, *files):
    page.get_by_label("Pictures and videos").set_input_files(files)


def slides(page):
    return page.locator("#slide-list > li")


def state(page):
    return page.locator("joip-upload .state")


def uploads_of(page):
    """Holds every upload back; `held[n].continue_()` lets one go."""
    held = []
    page.route(re.compile(r"/library/\d+/media$"), lambda route: held.append(route))
    return held


def wait_for(page, held, count):
    for _ in range(100):
        if len(held) >= count:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(held)} uploads, not {count}")


def test_a_bad_file_among_good_ones_is_named_and_the_others_are_slides(page, session, complaints):
    choose(page, jpeg(1), JUNK, jpeg(2), NOTES, jpeg(3))
    expect(state(page)).to_have_text(
        "3 slides added. 2 files could not be added; the reasons stand above."
    )
    rows = page.locator(".uploads li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("junk.jpg")
    expect(rows.nth(1)).to_contain_text("No picture or video that can be shown.")
    expect(slides(page)).to_have_count(3)
    expect(page.get_by_label("Caption of slide 3")).to_be_visible()
    expect(page.get_by_role("button", name="Share with the community")).to_be_enabled()
    page.get_by_role("button", name="Remove junk.jpg").click()
    expect(page.get_by_role("button", name="Remove notes.pdf")).to_be_focused()
    forgive_refusals(complaints)


def test_files_that_are_chosen_before_the_script_is_there_are_sent_too(page, author, sign_in):
    sign_in(author)
    scripts = []
    page.route(re.compile(r"/upload[^/]*\.js"), lambda route: scripts.append(route))
    page.goto(f"/library/{make_session(author, slides=0).pk}", wait_until="commit")
    choose(page, jpeg(1), jpeg(2))
    wait_for(page, scripts, 1)
    scripts[0].continue_()
    expect(state(page)).to_have_text("2 slides added.")
    expect(slides(page)).to_have_count(2)


def test_slides_stand_in_the_order_in_which_files_were_chosen(page, session):
    held = uploads_of(page)
    choose(page, *(jpeg(number) for number in range(1, 6)))
    wait_for(page, held, 3)
    assert len(held) == 3  # at once
    for number, count in ((2, 4), (1, 5), (4, 5), (3, 5), (0, 5)):
        with page.expect_response(re.compile("/media$")):
            held[number].continue_()
        wait_for(page, held, count)
    expect(state(page)).to_have_text("5 slides added.")
    shown = [slide.get_attribute("id") for slide in slides(page).all()]
    stored = [f"slide-{slide.pk}" for slide in session.media.all()]
    assert shown == stored
    assert stored != sorted(stored)  # they did arrive in another order


def test_progress_is_shown_and_one_can_cancel(page, session):
    held = uploads_of(page)
    choose(page, jpeg(1), jpeg(2))
    wait_for(page, held, 2)
    expect(page.get_by_role("progressbar", name="1.jpg")).to_be_visible()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Cancel 1.jpg").click()
    expect(page.get_by_role("progressbar", name="1.jpg")).to_have_count(0)
    for upload in held:  # of which one is cancelled; either may have been sent first
        upload.continue_()
    expect(state(page)).to_have_text("1 slide added.")
    assert session.media.count() == 1


def test_all_that_failed_are_tried_again_at_once(page, session, complaints):
    page.route(
        re.compile("/media$"),
        lambda route: route.fulfill(status=503, body="Full.", content_type="text/plain"),
    )
    choose(page, jpeg(1), jpeg(2), NOTES)
    expect(page.locator(".uploads li.failed")).to_have_count(3)
    page.unroute(re.compile("/media$"))
    page.get_by_role("button", name="Retry all that failed").click()
    expect(slides(page)).to_have_count(2)
    expect(page.locator(".uploads li.failed")).to_have_count(1)
    expect(page.get_by_role("button", name="Retry all that failed")).to_be_hidden()
    forgive_refusals(complaints)


def test_a_busy_server_is_waited_for(page, session, stopped_clock, complaints):
    page.reload()
    page.route(
        re.compile("/media$"),
        lambda route: route.fulfill(status=429, headers={"Retry-After": "5"}),
        times=1,
    )
    choose(page, jpeg(1))
    expect(page.get_by_text("It is sent again in 5 seconds.")).to_be_visible()
    stopped_clock.run_for(5000)
    expect(slides(page)).to_have_count(1)
    forgive_refusals(complaints)


def test_a_network_that_is_down_is_said(page, session, context, complaints):
    context.set_offline(True)
    choose(page, jpeg(1))
    expect(page.locator(".uploads li.failed")).to_contain_text("etwork is down")
    context.set_offline(False)
    page.get_by_role("button", name="Retry all that failed").click()
    expect(slides(page)).to_have_count(1)
    forgive_refusals(complaints)


def test_full_storage_is_said(page, session, settings, complaints):
    settings.STORAGE_QUOTA_MB = 0
    choose(page, jpeg(1))
    expect(page.locator(".uploads li.failed")).to_contain_text("Your storage is full")
    forgive_refusals(complaints)


def test_a_file_that_is_too_large_is_not_sent(page, session):
    held = uploads_of(page)
    page.locator("joip-upload").evaluate("element => element.setAttribute('max-bytes', 2 ** 20)")
    choose(page, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": bytes(2**20 + 1)})
    expect(page.locator(".uploads li.failed")).to_contain_text("Larger than 1 MB.")
    assert held == []


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_files_are_dropped_anywhere_or_pasted(page, session, way):
    page.evaluate(
        """([way, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], "a.jpg", { type: "image/jpeg" }));
            const options = { bubbles: true, cancelable: true };
            const event = way === "drop" ? new DragEvent(way, { dataTransfer: data, ...options })
                : new ClipboardEvent(way, { clipboardData: data, ...options });
            document.querySelector("h1").dispatchEvent(event);
        }""",
        [way, base64.b64encode(picture(1)).decode()],
    )
    expect(slides(page)).to_have_count(1)


def test_a_caption_that_is_being_typed_stays_while_slides_come(page, session):
    choose(page, jpeg(1))
    caption = page.get_by_label("Caption of slide 1")
    caption.press_sequentially("Leaving at ")
    choose(page, jpeg(2))
    expect(slides(page)).to_have_count(2)
    expect(page.get_by_text("2 slides", exact=True)).to_be_visible()  # the part around is new
    expect(caption).to_have_value("Leaving at ")


def test_leaving_asks_first_while_files_are_under_way(page, session):
    held = uploads_of(page)
    choose(page, jpeg(1))
    wait_for(page, held, 1)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Community").click()
    page.wait_for_url("**/community")
    assert asked == ["beforeunload"]


def forgive_refusals(complaints):
    """The browser reports each answer that is a refusal."""
    complaints[:] = [text for text in complaints if not text.startswith("Failed to load resource")]
