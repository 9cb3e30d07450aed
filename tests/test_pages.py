"""What people see and do on pages, without a script."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.moderation import hide_share
from credits.ledger import balance_of
from joip.users.models import User
from sessions.editing import edit_session
from sessions.models import Session
from tests.factories import begin, make_person, make_session, make_share, set_price


@pytest.fixture
def browser(client):
    """A signed-in person's: `browser(person)`."""

    def browser(person):
        client.force_login(person)
        return client

    return browser


def text_of(answer):
    """What a person reads."""
    main = answer.content.decode().split("<main", 1)[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.parametrize(
    "path", ["/community", "/community/1", "/people/1", "/library", "/credits"]
)
def test_the_signed_out_are_asked_to_sign_in_and_come_back(client, transactional_db, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_signing_up_leads_to_where_one_wanted_to_go(client, transactional_db):
    form = {"username": "ada", "displayName": "Ada", "password": "lanterns-by-the-lake"}
    answer = client.post("/accounts/signup/", form | {"next": "/library"})
    assert (answer.status_code, answer["Location"]) == (302, "/library")
    assert "Your library is empty" in text_of(client.get("/library"))
    assert User.objects.get().display_name == "Ada"


def test_signing_in_never_leads_to_another_site(client, transactional_db):
    make_person("ada", password="lanterns-by-the-lake")
    form = {"username": "Ada", "password": "lanterns-by-the-lake"}
    for address in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        answer = client.post("/accounts/login/", form | {"next": address})
        assert (answer.status_code, answer["Location"]) == (302, "/community")
        client.logout()


def test_too_many_wrong_passwords_are_held_back_in_words(client, transactional_db, settings):
    settings.RATE_LIMIT_FAILED_LOGINS = 2
    make_person("ada", password="lanterns-by-the-lake")
    form = {"username": "ada", "password": "wrong"}
    statuses = [client.post("/accounts/login/", form).status_code for _ in range(2)]
    answer = client.post("/accounts/login/", form | {"password": "lanterns-by-the-lake"})
    assert (statuses, answer.status_code) == ([200, 200], 429)
    assert "Too many wrong passwords." in text_of(answer)
    assert answer["Retry-After"]


def test_sign_ups_of_one_address_are_held_back(client, transactional_db, settings):
    settings.RATE_LIMIT_SIGNUPS = 1
    form = {"displayName": "Ada", "password": "lanterns-by-the-lake"}
    for name, status in [("ada", 302), ("ben", 429)]:
        answer = Client().post("/accounts/signup/", form | {"username": name})
        assert answer.status_code == status
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("username", "ada", "This user name is taken."),
        ("displayName", "Member 14", "Member"),
        ("password", "ada-ada", "password is too"),
    ],
)
def test_what_is_wrong_with_a_sign_up_stands_beside_its_field(
    client, transactional_db, field, value, problem
):
    make_person("ada")
    form = {"username": "ben", "displayName": "Ben", "password": "lanterns-by-the-lake"}
    answer = client.post("/accounts/signup/", form | {field: value})
    assert answer.status_code == 200
    assert problem in text_of(answer)
    assert User.objects.count() == 1


def test_a_closed_registration_says_so(client, transactional_db, settings):
    settings.REGISTRATION_OPEN = False
    answer = client.get("/accounts/signup/")
    assert answer.status_code == 403
    assert "Registration is closed" in text_of(answer)


def test_a_card_says_what_saving_costs_or_that_it_is_done(browser, share, saver, author, save):
    assert "10 credits" in text_of(browser(saver).get("/community"))
    save(share, saver)
    assert "saved 1 time saved" in text_of(browser(saver).get("/community"))
    assert "yours" in text_of(browser(author).get("/community"))


def test_a_search_without_results_offers_everything(browser, share, saver):
    assert "Nothing found" in text_of(browser(saver).get("/community?search=desert"))
    assert "Fjords in May" in text_of(browser(saver).get("/community?search=fjord&utm_source=x"))


def test_the_feed_goes_on_page_by_page(browser, client, author, saver):
    set_price(10)
    for number in range(21):
        make_share(author, slides=0, title=f"Walk {number}")
    first = browser(saver).get("/community?sort=new").content.decode()
    following = html.unescape(re.search(r'href="(\?[^"]*page=2)"', first)[1])
    assert "Walk 0" in text_of(client.get(f"/community{following}"))


def test_saving_shows_the_receipt(browser, share, saver):
    answer = browser(saver).post(f"/community/{share.pk}/save", follow=True)
    assert answer.redirect_chain == [(f"/community/{share.pk}", 302)]
    assert "Saved for 10 credits. You have 40 left." in text_of(answer)
    assert "saved from Ines" in text_of(browser(saver).get("/library"))


def test_too_few_credits_are_counted(browser, share):
    poor = make_person("poor", balance=4)
    answer = browser(poor).post(f"/community/{share.pk}/save")
    assert answer.status_code == 402
    assert "This costs 10 credits, and you have 4: 6 are missing." in text_of(answer)
    assert balance_of(poor) == 4


def test_a_copy_under_way_says_how_far_it_is(browser, share, saver):
    begin(share, saver)
    assert "0 of 3 slides" in text_of(browser(saver).get(f"/community/{share.pk}"))


def test_what_is_hidden_cannot_be_saved_on_a_page(browser, share, saver):
    hide_share(share=share)
    assert browser(saver).get(f"/community/{share.pk}").status_code == 404
    assert browser(saver).post(f"/community/{share.pk}/save").status_code in (403, 404)
    assert not Session.objects.owned_by(saver).exists()


def test_a_report_reaches_staff(browser, share, saver):
    form = {"reason": "spam", "text": "The same every day."}
    answer = browser(saver).post(f"/community/{share.pk}/report", form, follow=True)
    assert "Staff will look at it." in text_of(answer)
    assert share.reports.get().text == "The same every day."


def test_a_creator_who_shares_nothing_is_not_known(browser, share, saver, author):
    assert "1 slideshow in the community" in text_of(browser(saver).get(f"/people/{author.pk}"))
    assert browser(author).get(f"/people/{saver.pk}").status_code == 404


@pytest.mark.parametrize("path", ["community", "people"])
@pytest.mark.parametrize("pk", ["0", "01", "9" * 19, "9" * 5000, "x"])
def test_an_id_that_cannot_be_one_is_not_found(browser, saver, path, pk):
    assert browser(saver).get(f"/{path}/{pk}").status_code == 404


def test_the_library_keeps_what_one_looked_at_while_marking_a_favourite(browser, author):
    session = make_session(author, slides=0)
    form = {"favorite": "on", "query": "shelf=own"}
    answer = browser(author).post(f"/library/{session.pk}/favorite", form)
    assert answer["Location"] == "/library?shelf=own"
    assert "Fjords in May" in text_of(browser(author).get("/library?shelf=favorites"))
    assert "Nothing here." in text_of(browser(author).get("/library?shelf=saved"))


def test_nobody_deletes_or_marks_what_belongs_to_another(browser, author, saver):
    session = make_session(author, slides=0)
    edit_session(session=session, is_public=True)
    for deed in ("delete", "favorite"):
        assert browser(saver).post(f"/library/{session.pk}/{deed}").status_code == 404
    assert browser(author).post(f"/library/{session.pk}/delete").status_code == 302
    assert not Session.objects.owned().exists()


def test_the_statement_names_what_was_paid_for(browser, share, saver, save):
    save(share, saver)
    statement = text_of(browser(saver).get("/credits"))
    assert "40 credits" in statement
    assert "Charge: Fjords in May -10 40" in statement


def test_statements_of_pages_do_not_grow(browser, author, saver, save):
    set_price(1)
    client, statements = browser(saver), []
    for number in (1, 5):
        for _ in range(number):
            save(make_share(author, slides=1), saver)
        for path in ("/community", "/library", "/credits", f"/people/{author.pk}"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            statements.append(len(queries))
    assert statements[:4] == statements[4:]
    assert max(statements) <= 12


def test_pages_hold_no_script_and_no_style_of_their_own(browser, share, saver):
    for path in ("/community", f"/community/{share.pk}", "/library", "/credits"):
        page = browser(saver).get(path).content.decode()
        assert not re.search(r"<script(?! src)|<style| style=| on[a-z]+=", page), path
