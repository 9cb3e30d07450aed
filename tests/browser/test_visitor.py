"""A visitor of the demo: watches without an account, comes in with one click, saves."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from joip.demo.plan import SAVER
from joip.users.models import User
from tests.browser.watching import expect_playing
from tests.ledgers import check_ledger


@pytest.fixture
def visitor(page, settings):
    settings.DEBUG = True
    call_command("seed_demo", verbosity=0)
    page.goto("/")
    return page


def watch(page):
    page.get_by_role("link", name="Play Fjords in May").click()
    expect(page.locator(".position")).to_have_text("1 / 7")
    expect_playing(page)
    expect(page.locator(".slide:last-child img")).to_have_js_property("complete", True)


def test_what_is_featured_is_watched_and_saved_after_one_click(visitor):
    page = visitor
    watch(page)
    page.go_back()
    page.get_by_role("button", name="Noor, who has credits to save with").click()
    page.get_by_role("link", name="Fjords in May").click()
    page.get_by_role("button", name="Save for 10 credits").click()
    expect(page.get_by_text("Saved for 10 credits. You have 40 left.")).to_be_visible()
    page.get_by_role("link", name="Open it in your library").click()
    expect(page.get_by_role("heading", name="Fjords in May")).to_be_visible()
    assert User.objects.get(username=SAVER).library.filter(title="Fjords in May").exists()
    check_ledger()


def test_the_end_of_a_show_leads_to_saving_it(visitor):
    page = visitor
    watch(page)
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Next slideshow")).to_be_visible()
    page.get_by_role("link", name="Sign in to save it").click()
    page.get_by_role("button", name="Noor, who has credits to save with").click()
    expect(page).to_have_url(re.compile(r"/community/\d+$"))
    expect(page.get_by_role("button", name="Save for 10 credits")).to_be_visible()


def test_the_player_leads_back_to_the_home_page(visitor):
    watch(visitor)
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("heading", name="Watch one now")).to_be_visible()
