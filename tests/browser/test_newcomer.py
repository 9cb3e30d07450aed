"""Somebody's first minutes: sign up, watch, save, and make a slideshow."""

import pytest
from playwright.sync_api import expect

from credits.ledger import balance_of
from joip.users.models import User
from sessions.models import Session
from tests.factories import make_person, make_share, picture, set_price


@pytest.fixture
def shares(author):
    set_price(10)
    return [make_share(author, slides=2, title=title) for title in ("Fjords", "Four soups")]


@pytest.fixture
def newcomer(page, shares):
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Display name").fill("Ada")
    page.get_by_label("Password").fill("lanterns-by-the-lake")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Community")).to_be_visible()
    return page


def test_a_save_shows_its_receipt_in_its_place(newcomer):
    page = newcomer
    page.get_by_role("link", name="Fjords").click()
    page.get_by_role("button", name="Save for 10 credits").click()
    expect(page.get_by_text("Saved for 10 credits. You have 40 left.")).to_be_visible()
    page.get_by_role("link", name="Open it in your library").click()
    expect(page.get_by_role("heading", name="Fjords")).to_be_visible()
    assert balance_of(User.objects.get(username="ada")) == 40


def test_a_search_finds_as_one_types_and_keeps_the_address_true(newcomer):
    page = newcomer
    page.get_by_role("searchbox").fill("sou")
    expect(page.get_by_role("link", name="Fjords")).to_have_count(0)
    expect(page.get_by_role("link", name="Four soups")).to_be_visible()
    assert "search=sou" in page.url
    page.go_back()
    expect(page.get_by_role("link", name="Fjords")).to_be_visible()


def test_a_slideshow_is_made_and_shared(newcomer):
    page = newcomer
    page.get_by_role("link", name="Library").click()
    page.get_by_placeholder("Title of a new slideshow").fill("By train")
    page.get_by_role("button", name="New slideshow for 10 credits").click()
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(1)}
    page.get_by_label("Pictures and videos").set_input_files(file)
    page.get_by_label("Caption of slide 1").fill("Leaving at dawn")
    page.keyboard.press("Tab")  # captions save themselves
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Share with the community").click()
    expect(page.get_by_text("Who sees it: everybody in the community")).to_be_visible()
    made = Session.objects.owned().get(title="By train")
    assert made.media.get().caption == "Leaving at dawn"


def test_who_has_too_few_credits_reads_how_many_are_missing(page, shares, sign_in, complaints):
    sign_in(make_person("poor", balance=4))
    page.goto(f"/community/{shares[0].pk}")
    page.get_by_role("button", name="Save for 10 credits").click()
    expect(page.get_by_text("6 are missing")).to_be_visible()
    # The browser's own words for the status 402.
    assert len(complaints) == 1
    complaints.clear()
