"""The statement, as a page and as CSV."""

import csv
import html
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.ledger import account_of, grant
from credits.models import CreditTransaction
from joip.pages.statement import COLUMNS
from sessions.copying import fail_copy
from sessions.deletion import delete_session
from tests.factories import begin, make_person, make_session, make_share, set_price
from tests.test_pages import text_of


@pytest.fixture
def statement(client, saver):
    client.force_login(saver)
    return lambda query="": text_of(client.get(f"/credits{query}"))


def table(client):
    answer = client.get("/credits.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    text = answer.getvalue().decode()
    return list(csv.reader(text.splitlines()))


def test_an_empty_statement_says_where_to_go_on(client, transactional_db, settings):
    settings.SIGNUP_CREDITS = 0
    client.force_login(make_person("ada"))
    page = text_of(client.get("/credits"))
    assert "0 credits" in page
    assert "Nothing has been spent or given yet. Look at what people share" in page


def test_prices_say_what_they_mean_for_this_person(statement, saver):
    set_price(60)
    assert "costs 60 credits. You have too few." in statement()
    set_price(10, premium_only=True)
    assert "for Premium members only. You are not one." in statement()
    set_price(10, is_active=False)
    assert "have no price at the moment" in statement()


def test_credits_of_copies_under_way_are_in_flight(statement, share, saver):
    copy = begin(share, saver)
    assert "10 credits spent on copies that are not ready yet." in statement()
    assert "Fjords in May : 0 of 3 slides" in statement()
    fail_copy(copy, reason="for a test")
    assert "not ready yet" not in statement()


def test_a_refund_and_its_charge_name_each_other(client, statement, share, saver):
    fail_copy(begin(share, saver), reason="for a test")
    charge, refund = account_of(saver).transactions.exclude(kind="grant").order_by("pk")
    page = client.get("/credits").content.decode()
    assert re.search(
        rf'id="row-{charge.pk}".*?given back on <a href="#row-{refund.pk}"', page, re.S
    )
    assert re.search(
        rf'id="row-{refund.pk}".*?Of the charge on <a href="#row-{charge.pk}"', page, re.S
    )


def test_what_is_deleted_is_named_as_such(statement, share, saver, save):
    save(share, saver)
    delete_session(session=saver.library.get())
    assert "Charge: a slideshow that is deleted -10 40" in statement()
    assert "Grant: for signing up +50 50" in statement()


def test_rows_stand_under_their_month_which_is_not_said_again(client, statement, saver):
    for _ in range(60):
        grant(user=saver, amount=1, note="Thank you")
    first = client.get("/credits").content.decode()
    this_month = f"{timezone.localtime():%B %Y}"
    assert first.count(this_month) == 1
    following = re.search(r'href="(\?cursor=[^"]+)"', first)[1]
    rest = client.get(f"/credits{html.unescape(following)}").content.decode()
    assert rest.count('<tr id="row-') == 11
    assert f">{this_month}<" not in rest


def test_the_csv_has_every_row_with_the_newest_first(client, statement, saver, share, save):
    save(share, saver)
    for number in range(501):  # more than are read at once
        grant(user=saver, amount=1, note=f"Thank you, {number}")
    first, *rows = table(client)
    assert first == COLUMNS
    assert len(rows) == 503
    charge = account_of(saver).transactions.get(kind="charge")
    when = charge.created_at.isoformat(timespec="seconds")
    assert rows[-2] == [str(charge.pk), when, "charge", "Fjords in May", "-10", "40", "", ""]
    assert rows[0][-1] == "Thank you, 500"
    assert datetime.fromisoformat(when) - timezone.now() < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '="a",b'])
def test_no_cell_of_the_csv_is_a_formula(client, statement, saver, text):
    grant(user=saver, amount=1, note=text)
    answer = client.get("/credits.csv").getvalue().decode()
    row = next(csv.reader(answer.splitlines(keepends=True)[1:2]))
    assert row[-1] == f"'{text}"
    assert answer.endswith("\r\n")
    assert 'attachment; filename="credits.csv"' in client.get("/credits.csv")["Content-Disposition"]


def test_each_reads_their_own_rows_only(client, statement, saver, author):
    grant(user=author, amount=7, note="For Ines")
    assert "For Ines" not in statement()
    assert [row[-1] for row in table(client)[1:]] == [""]
    client.logout()
    assert client.get("/credits.csv").status_code == 302


def test_statements_do_not_grow_with_rows(client, statement, saver, author):
    set_price(1)
    counts = []
    for number in (1, 6):
        for _ in range(number):
            fail_copy(begin(make_share(author, slides=1), saver), reason="for a test")
            begin(make_share(author, slides=1), saver)
            make_session(saver, slides=0)
        for path in ("/credits", "/credits.csv"):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path)
                assert b"".join(answer) if answer.streaming else answer.content
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 8
    assert CreditTransaction.objects.count() > 20
