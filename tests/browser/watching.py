"""What stories of the player ask of its page."""

from playwright.sync_api import expect


def expect_slide(page, number, *, count=3, caption=None):
    """The slide that is shown; `make_session` captions them from Fjord 0."""
    caption = f"Fjord {number - 1}" if caption is None else caption
    name = f"Slide {number} of {count}: {caption}" if caption else f"Slide {number} of {count}"
    expect(shown(page)).to_have_attribute("alt", name)
    expect(page.locator(".position")).to_have_text(f"{number} / {count}")
    expect(page.locator(".caption")).to_have_text(caption)


def shown(page):
    return page.locator(".slide:last-child > *")


def play_button(page):
    return page.locator("button.play")


def expect_playing(page):
    expect(play_button(page)).to_have_accessible_name("Pause")


def expect_paused(page):
    expect(play_button(page)).to_have_accessible_name("Play")


def expect_to_stay(page, clock, number, **options):
    clock.run_for(61_000)
    expect_slide(page, number, **options)


def show_tab(page, visible):
    page.evaluate(
        """visible => {
            Object.defineProperty(document, "hidden", { value: !visible, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        visible,
    )
