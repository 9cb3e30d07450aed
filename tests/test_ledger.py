"""Credits: every balance is the sum of its rows, and no row ever changes."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from credits.ledger import (
    MAX_AMOUNT,
    InsufficientCredits,
    InvalidAmount,
    account_of,
    adjust,
    balance_of,
    charge,
    grant,
    refund,
)
from credits.models import CreditTransaction, LedgerIsAppendOnly
from tests.factories import make_person, set_price
from tests.ledgers import check_ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_person("person")


def pay(person):
    set_price(10)
    return charge(user=person, feature_key="session_create", reference="session:1")


def test_an_account_opens_with_the_sign_up_credits(person):
    assert balance_of(person) == 50
    assert [row.kind for row in account_of(person).transactions.all()] == ["grant"]
    check_ledger()


def test_an_account_opens_empty_where_sign_up_credits_are_0(person, settings):
    settings.SIGNUP_CREDITS = 0
    assert balance_of(person) == 0
    assert not CreditTransaction.objects.exists()


def test_grants_charges_refunds_and_adjustments_add_up(person):
    staff = make_person("staff", is_staff=True)
    grant(user=person, amount=20, note="A gift", actor=staff)
    paid = pay(person)
    adjust(user=person, amount=-5, note="A correction", actor=staff)
    refund(charge=paid, note="It failed")
    rows = account_of(person).transactions.order_by("pk")
    assert [(row.kind, row.amount, row.balance_after) for row in rows] == [
        ("grant", 50, 50),
        ("grant", 20, 70),
        ("charge", -10, 60),
        ("adjustment", -5, 55),
        ("refund", 10, 65),
    ]
    assert rows.last().reverses == paid
    check_ledger()


def test_a_charge_above_the_balance_is_refused_and_leaves_no_row(person):
    set_price(51)
    with pytest.raises(InsufficientCredits) as refused, transaction.atomic():
        charge(user=person, feature_key="session_create", reference="session:1")
    assert (refused.value.body["required"], refused.value.body["current"]) == (51, 50)
    assert balance_of(person) == 50
    check_ledger()


def test_a_charge_of_the_whole_balance_is_taken(person):
    set_price(50)
    charge(user=person, feature_key="session_create", reference="session:1")
    assert balance_of(person) == 0


def test_a_charge_is_refunded_only_once(person):
    paid = pay(person)
    refund(charge=paid, note="")
    with pytest.raises(DatabaseError), transaction.atomic():
        refund(charge=paid, note="")
    assert balance_of(person) == 50
    check_ledger()


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT + 1])
def test_a_grant_of_a_senseless_amount_is_refused(person, amount):
    with pytest.raises(InvalidAmount, match="from 1 to 1000000000"):
        grant(user=person, amount=amount, note="")
    assert balance_of(person) == 50


@pytest.mark.parametrize("amount", [0, -MAX_AMOUNT - 1, MAX_AMOUNT + 1])
def test_an_adjustment_of_a_senseless_amount_is_refused(person, amount):
    with pytest.raises(InvalidAmount):
        adjust(user=person, amount=amount, note="")


def test_an_adjustment_never_takes_more_than_there_is(person):
    balance_of(person)
    with pytest.raises(InsufficientCredits), transaction.atomic():
        adjust(user=person, amount=-51, note="")
    assert balance_of(person) == 50


def test_rows_refuse_to_change_in_python(person):
    row = pay(person)
    row.amount = -1
    for change in (
        row.save,
        row.delete,
        CreditTransaction.objects.all().delete,
        lambda: CreditTransaction.objects.update(amount=-1),
        lambda: CreditTransaction.objects.bulk_update([row], ["amount"]),
    ):
        with pytest.raises(LedgerIsAppendOnly):
            change()


def test_rows_refuse_to_change_in_the_database(person):
    pay(person)
    statements = ["UPDATE credits_credittransaction SET amount = -1"]
    if connection.vendor == "postgresql":  # on SQLite it would stop tests from emptying tables
        statements.append("DELETE FROM credits_credittransaction")
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_people_with_an_account_are_never_deleted(person):
    balance_of(person)
    with pytest.raises(ProtectedError):
        person.delete()
