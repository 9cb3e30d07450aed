"""The player and its media: videos, addresses that run out, and what cannot be had."""

import io
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from PIL import Image
from playwright.sync_api import expect

from sessions.models import Session
from sessions.uploading import add_external_media, add_files
from tests.browser.watching import expect_paused, expect_slide, shown
from tests.factories import add_slides, begin, make_person, make_session, make_share, set_price
from tests.made_media import video


@pytest.fixture
def clock(stopped_clock):
    return stopped_clock


@pytest.fixture
def asked(page):
    """The paths that the page asked for, without those of itself."""
    paths = []
    page.on("request", lambda request: paths.append(request.url.partition("?")[0]))
    return paths


@pytest.fixture
def film(author):
    """A video of 0.3 seconds between two pictures."""
    session = make_session(author, slides=1, interval_min=60, interval_max=60)
    add_files(session=session, files=[ContentFile(video(frames=3))], captions=["Waves"])
    add_slides(session, 2)
    return session


def expect_video(page):
    expect(shown(page)).to_have_attribute("aria-label", "Slide 2 of 3: Waves")


def test_a_video_plays_to_its_end_whatever_the_interval(page, clock, watch, film):
    watch(film)
    expect_slide(page, 1)
    clock.run_for(60_000)
    expect_slide(page, 3)  # the clock stands still, the video does not


def test_paused_stays_paused_on_a_video(page, clock, watch, film):
    watch(film, query="")
    page.keyboard.press("ArrowRight")
    expect_video(page)
    clock.run_for(61_000)
    assert shown(page).evaluate("video => [video.paused, video.currentTime]") == [True, 0]
    page.keyboard.press("ArrowRight")
    expect_slide(page, 3)
    expect_paused(page)


def test_a_video_has_sound_unless_it_is_muted(page, watch, film):
    watch(film, query="")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    page.keyboard.press("Space")
    expect_slide(page, 3)
    page.keyboard.press("ArrowLeft")
    expect_video(page)
    assert shown(page).evaluate("video => video.muted")
    page.keyboard.press("m")
    assert not shown(page).evaluate("video => video.muted")


def test_a_video_goes_on_where_its_address_ran_out(page, watch, film, asked):
    watch(film, query="")
    page.keyboard.press("ArrowRight")
    expect_video(page)
    shown(page).evaluate("""async (video) => {
        video.currentTime = 0.2;
        await new Promise((resolve) => video.addEventListener("seeked", resolve));
        video.dispatchEvent(new Event("error"));
    }""")
    page.wait_for_function("document.querySelectorAll('.slide video').length === 1")
    page.wait_for_function("document.querySelector('video').currentTime === 0.2")
    assert sum(path.endswith(f"/api/sessions/{film.pk}") for path in asked) == 1


def test_the_next_two_slides_are_fetched_and_no_more(page, watch, asked):
    watch(slides=5, query="")
    expect_slide(page, 1, count=5)
    page.wait_for_load_state("networkidle")
    assert sum("/manual-sessions/" in path for path in asked) == 3


@pytest.mark.parametrize(("width", "name"), [(1280, "large.webp"), (2400, ".png")])
def test_a_window_is_sent_no_larger_picture_than_it_shows(page, author, watch, width, name):
    wide = io.BytesIO()
    Image.new("L", (2500, 40), 90).save(wide, "PNG")
    session = make_session(author, slides=0)
    add_files(session=session, files=[ContentFile(wide.getvalue())], captions=["Fjord 0"])
    page.set_viewport_size({"width": width, "height": 700})
    watch(session, query="")
    expect_slide(page, 1, count=1)
    assert name in shown(page).get_attribute("src")


def test_the_placeholder_is_there_until_the_first_slide_is(page, clock, watch):
    held = []
    page.route("**/manual-sessions/**", lambda route: held.append(route))
    watch(slides=1, query="")
    clock.run_for(1000)
    expect(shown(page)).to_have_attribute("src", re.compile("^data:image/webp"))
    held[0].continue_()
    expect_slide(page, 1, count=1)


def test_addresses_are_renewed_before_they_run_out(page, clock, watch, asked, settings):
    settings.MEDIA_URL_SECONDS = 60
    session = watch(slides=10, seconds=6)
    for number in range(1, 11):  # a minute
        expect_slide(page, number, count=10)
        clock.run_for(6000)
    renewals = sum(path.endswith(f"/api/sessions/{session.pk}") for path in asked)
    assert 1 <= renewals <= 5


def test_addresses_that_have_run_out_are_renewed_when_the_first_does_not_load(
    page, watch, asked, settings, monkeypatch, complaints
):
    """The page has been open for an hour, on a machine whose clock is an hour slow."""
    if settings.S3_ENDPOINT_URL:
        pytest.skip("the store has a clock of its own")
    settings.MEDIA_URL_SECONDS = 60
    page.clock.install(time=datetime.now(UTC) - timedelta(hours=1))
    with monkeypatch.context() as patch:
        now = time.time
        patch.setattr("time.time", lambda: now() - 3600)
        session = watch(slides=6, query="")
        expect_slide(page, 1, count=6)
    page.keyboard.press("End")
    expect_slide(page, 6, count=6)
    assert sum(path.endswith(f"/api/sessions/{session.pk}") for path in asked) == 1
    forgive_media(complaints)


def test_a_slide_that_cannot_be_had_says_so_and_the_show_goes_on(
    page, clock, watch, author, complaints
):
    session = make_session(author, interval_min=3, interval_max=3)
    slide = session.media.get(order=1)
    storages[slide.bucket].delete(slide.key)
    watch(session)
    expect_slide(page, 1)
    clock.run_for(3000)
    expect(page.get_by_text("This slide cannot be shown.")).to_be_visible()
    expect(page.locator(".caption")).to_have_text("Fjord 1")
    clock.run_for(3000)
    expect_slide(page, 3)
    forgive_media(complaints)


def test_a_slide_elsewhere_that_never_answers_holds_nothing_up(page, clock, watch, author):
    session = make_session(author, slides=1, interval_min=3, interval_max=3)
    elsewhere = {"external_url": "https://example.org/a.jpg", "media_type": "image"}
    add_external_media(session=session, media=[elsewhere | {"caption": "Fjord 1"}])
    add_slides(session, 2)
    held = []
    page.route("https://example.org/**", lambda route: held.append(route))
    watch(session)
    expect_slide(page, 1)
    clock.run_for(3000)
    clock.run_for(20_000)
    expect(page.get_by_text("This slide cannot be shown.")).to_be_visible()
    clock.run_for(3000)
    expect_slide(page, 3)
    for route in held:
        route.fulfill(status=204)


def test_a_saved_session_plays_while_it_is_still_being_copied(page, author, sign_in):
    set_price(10)
    saver = make_person("saver", balance=50)
    copy = begin(make_share(author), saver)
    assert Session.objects.get(pk=copy.pk).media_status == "copying"
    sign_in(saver)
    page.goto(f"/library/{copy.pk}/play")
    for number in (1, 2, 3):
        expect_slide(page, number)
        page.keyboard.press("ArrowRight")


def test_slides_removed_in_mid_show_are_gone_after_a_renewal(page, clock, watch):
    session = watch(slides=6, query="")
    expect_slide(page, 1, count=6)
    session.media.filter(order__gte=2).delete()
    clock.fast_forward("01:05:00")
    page.keyboard.press("End")
    expect(page.get_by_text("This slide cannot be shown.")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect_slide(page, 2, count=2)


def forgive_media(complaints):
    """The browser reports each file that it did not get."""
    complaints[:] = [text for text in complaints if not text.startswith("Failed to load resource")]
