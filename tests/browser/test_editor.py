"""Captions, deletion and sharing in the editor."""

import re

import pytest
from django.contrib.sessions.models import Session as SignIn
from playwright.sync_api import expect

from sessions.models import Session
from tests.factories import make_person, make_session, picture, set_price


@pytest.fixture
def session(page, author, sign_in):
    session = make_session(author)
    sign_in(author)
    page.goto(f"/library/{session.pk}")
    return session


def caption(page, number=1):
    return page.get_by_label(f"Caption of slide {number}")


def said(page, number=1):
    return page.locator("form.caption .state").nth(number - 1)


def write(page, text):
    caption(page).fill(text)
    page.keyboard.press("Tab")


def stored(session):
    return session.media.first().caption


def test_a_caption_saves_itself_and_says_so(page, session):
    write(page, "Dawn")
    expect(said(page)).to_have_text("Saved.")
    assert stored(session) == "Dawn"


def test_a_caption_is_saved_when_the_network_is_back(page, session, context, complaints):
    context.set_offline(True)
    write(page, "Dawn")
    expect(said(page)).to_have_text(re.compile("Not saved. The network is down."))
    context.set_offline(False)
    expect(said(page)).to_have_text("Saved.")
    assert stored(session) == "Dawn"
    forgive_refusals(complaints)


def test_a_caption_that_is_refused_or_has_no_slide_any_more_says_so(page, session, complaints):
    write(page, "a\u202eb")
    expect(said(page)).to_have_text(re.compile("Not saved. Characters that override the direction"))
    session.media.first().delete()
    write(page, "Dawn")
    expect(said(page)).to_have_text(re.compile("Not saved. This slide is not there any more."))
    expect(caption(page)).to_have_value("Dawn")
    forgive_refusals(complaints)


def test_a_caption_outlives_that_one_was_signed_out(page, session, author, sign_in, complaints):
    SignIn.objects.all().delete()
    write(page, "Dawn")
    expect(said(page)).to_have_text(re.compile("Not saved. You are signed out."))
    sign_in(author)
    page.reload()
    expect(caption(page)).to_have_value("Dawn")
    expect(said(page)).to_have_text("Saved.")
    assert stored(session) == "Dawn"
    forgive_refusals(complaints)


def test_a_kept_caption_does_not_replace_what_was_written_elsewhere(page, session, complaints):
    page.route(re.compile(r"/media/\d+$"), lambda route: route.abort())
    write(page, "Dawn")
    expect(said(page)).to_have_text(re.compile("Not saved."))
    session.media.filter(order=0).update(caption="Noon")
    page.reload()
    expect(said(page)).to_have_text("It was changed meanwhile. You had written: Dawn")
    expect(caption(page)).to_have_value("Noon")
    forgive_refusals(complaints)


def test_a_caption_that_is_being_typed_when_one_leaves_is_saved(page, session):
    caption(page).fill("Dawn")
    page.evaluate("location.assign('/library')")
    until(page, lambda: stored(session) == "Dawn")


def delete_slide(page, number):
    row = page.locator("#slide-list > li").nth(number - 1)
    row.get_by_text("Delete", exact=True).click()
    row.get_by_role("button", name=f"Delete slide {number}").click()
    expect(row).to_contain_text(f"Slide {number} will be deleted in 8 seconds.")


def test_the_deletion_of_a_slide_can_be_undone(page, stopped_clock, session):
    page.reload()
    delete_slide(page, 2)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    stopped_clock.run_for(60_000)
    expect(caption(page, 2)).to_have_value("Fjord 1")
    assert session.media.count() == 3
    delete_slide(page, 2)
    stopped_clock.run_for(7900)
    assert session.media.count() == 3
    stopped_clock.run_for(200)
    expect(page.locator("#slide-list > li")).to_have_count(2)
    expect(caption(page, 2)).to_have_value("Fjord 2")
    assert session.media.count() == 2


def test_a_deletion_that_fails_brings_the_slide_back(page, stopped_clock, session, complaints):
    page.reload()
    page.route(re.compile("/delete$"), lambda route: route.abort())
    delete_slide(page, 1)
    stopped_clock.run_for(8000)
    expect(page.get_by_text("Slide 1 is still there. The network is down.")).to_be_visible()
    expect(caption(page)).to_be_visible()
    forgive_refusals(complaints)


def test_leaving_the_page_deletes_at_once(page, session):
    delete_slide(page, 1)
    page.evaluate("location.assign('/community')")
    until(page, lambda: session.media.count() == 2)


def test_a_slideshow_is_deleted_from_its_editor_unless_undone(page, stopped_clock, session):
    page.reload()
    for undone in (True, False):
        page.get_by_text("Delete this slideshow").click()
        page.get_by_role("button", name="Delete “Fjords in May”").click()
        expect(page.get_by_text("“Fjords in May” will be deleted")).to_be_visible()
        if undone:
            page.get_by_role("button", name="Undo").click()
        stopped_clock.run_for(8000)
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    assert not Session.objects.owned().exists()


def test_who_sees_it_changes_in_its_place(page, session):
    page.evaluate("window.isSame = true")
    page.get_by_role("button", name="Share with the community").press("Enter")
    expect(page.get_by_role("heading", name="everybody in the community")).to_be_visible()
    expect(page.get_by_role("button", name="Share again, as it is now")).to_be_focused()
    write(page, "Dawn")
    expect(page.get_by_text("captions of 1 slide changed")).to_be_visible()
    page.get_by_label("Title").fill("Fjords in June")
    page.get_by_role("button", name="Save the settings").press("Enter")
    expect(page.get_by_text("1 slide changed, title changed")).to_be_visible()
    expect(page.get_by_role("heading", name="Fjords in June")).to_be_visible()
    page.get_by_role("button", name="Withdraw").press("Enter")
    expect(page.get_by_role("heading", name="only you")).to_be_visible()
    expect(page.get_by_role("button", name="Open it to members")).to_be_focused()
    assert page.evaluate("window.isSame")


def test_what_is_refused_is_said_beside_its_form(page, session, context, complaints):
    session.media.all().delete()
    page.get_by_role("button", name="Share with the community").click()
    expect(page.locator("#sharing .problem")).to_contain_text("without slides")
    SignIn.objects.all().delete()
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#sharing .failure")).to_contain_text("You are signed out.")
    context.set_offline(True)
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#sharing .failure")).to_contain_text("The network is down.")
    context.set_offline(False)
    forgive_refusals(complaints)


def test_a_slideshow_is_made_and_shared_by_keyboard_alone(page, transactional_db):
    set_price(10)
    make_person("ada", password="lanterns-by-the-lake")
    # From now on: a browser that is told while Enter is pressed may show a chooser of its own.
    page.on("filechooser", lambda chooser: None)
    page.goto("/accounts/login/?next=/library")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("lanterns-by-the-lake")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    tab_to(page, "Title of a new slideshow")
    page.keyboard.type("By train")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By train")).to_be_visible()
    tab_to(page, "Pictures and videos")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(
        [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": picture(n)} for n in (1, 2)]
    )
    expect(page.locator("#slide-list > li")).to_have_count(2)
    tab_to(page, "Slide 1: drag it", key="Shift+Tab")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Caption of slide 2", key="Shift+Tab")
    page.keyboard.type("Leaving at dawn")
    tab_to(page, "Share with the community")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="everybody in the community")).to_be_visible()
    made = Session.objects.owned().get()
    assert [slide.caption for slide in made.media.all()] == ["", "Leaving at dawn"]
    assert made.community_share.snapshot


def until(page, is_so):
    """The page that sent it is left, and cannot say when it has arrived."""
    for _ in range(100):
        if is_so():
            return
        page.wait_for_timeout(20)
    raise AssertionError


def tab_to(page, name, *, key="Tab"):
    page.wait_for_load_state()  # keys that come before a page listens are lost
    for _ in range(60):
        page.keyboard.press(key)
        focused = page.locator(":focus")
        if name in (focused.aria_snapshot() if focused.count() else ""):
            return
    raise AssertionError(f"no way to {name}")


def forgive_refusals(complaints):
    """The browser reports each answer that is a refusal, and htmx those that it did not get."""
    complaints[:] = [
        text
        for text in complaints
        if not text.startswith(("Failed to load resource", "Response Status", "htmx:"))
    ]
