"""The newcomer's ten minutes in a browser that runs no scripts."""

from playwright.sync_api import expect

from credits.ledger import balance_of
from sessions.models import Session
from tests.factories import make_share, picture, set_price


def test_without_scripts_one_watches_saves_makes_and_shares(new_context, author):
    set_price(10)
    make_share(author, slides=2, title="Fjords")
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/accounts/signup/?next=/community")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Display name").fill("Ada")
    page.get_by_label("Password").fill("lanterns-by-the-lake")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("searchbox").fill("fjo")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Fjords").click()

    page.get_by_role("link", name="Play").click()
    expect(page.get_by_role("img", name="Slide 2 of 2")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Save for 10 credits").click()
    expect(page.get_by_text("Saved for 10 credits. You have 40 left.")).to_be_visible()

    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_placeholder("Title of a new slideshow").fill("By train")
    page.get_by_role("button", name="New slideshow for 10 credits").click()
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(1)}
    page.get_by_label("Pictures and videos").set_input_files(file)
    page.get_by_role("button", name="Add them").click()
    page.get_by_label("Caption of slide 1").fill("Leaving at dawn")
    page.get_by_role("button", name="Save the caption").click()
    page.get_by_role("button", name="Share with the community").click()
    expect(page.get_by_text("Who sees it: everybody in the community")).to_be_visible()

    made = Session.objects.owned().get(title="By train")
    assert (made.media.get().caption, balance_of(made.owner)) == ("Leaving at dawn", 30)
