"""What people are told of their credits: their own, and nobody else's."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.ledger import account_of, adjust, charge, grant, refund
from credits.models import CreditTransaction, FeaturePricing
from tests.factories import make_person, make_premium, set_price
from tests.ledgers import check_ledger

pytestmark = pytest.mark.django_db

BALANCE = "/api/credits/balance"
TRANSACTIONS = "/api/credits/transactions"
PRICING = "/api/credits/pricing"


@pytest.fixture
def member(client):
    member = make_person("member")
    client.force_login(member)
    return member


def pay(person, reference="session:1"):
    set_price(10)
    return charge(user=person, feature_key="session_create", reference=reference)


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def walk(client, address, rel="next"):
    """The ids on each page from this address on, and the address of the last."""
    pages = []
    while address:
        last, answer = address, client.get(address)
        pages.append([row["id"] for row in answer.json()])
        address = link_in(answer, rel)
    return pages, last


def link_in(answer, rel="next"):
    found = re.search(f'<([^>]+)>; rel="{rel}"', answer.headers.get("Link", ""))
    return found and found[1]


@pytest.mark.parametrize("path", [BALANCE, TRANSACTIONS, PRICING])
def test_the_signed_out_are_told_nothing(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_a_newcomer_has_the_sign_up_credits(client, member):
    answer = client.get(BALANCE)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "balance": 50,
            "tier": "free",
            "tierDisplayName": "Free",
            "monthlyAllocation": 0,
            "nextRefreshDate": None,
        },
    )


def test_premium_is_a_tier_until_it_runs_out(client, member):
    make_premium(member, days=1)
    answer = client.get(BALANCE).json()
    assert (answer["tier"], answer["tierDisplayName"]) == ("premium", "Premium")
    make_premium(member, seconds=-1)
    answer = client.get(BALANCE).json()
    assert (answer["tier"], answer["tierDisplayName"]) == ("free", "Free")


def stats(client):
    answer = client.get(BALANCE, {"includeStats": "true"})
    assert answer.status_code == 200
    told = answer.json()["stats"]
    assert told["totalEarned"] - told["totalSpent"] == told["lifetimeBalance"]
    assert told["lifetimeBalance"] == answer.json()["balance"]
    return told


def test_stats_come_only_when_asked_for(client, member):
    assert "stats" not in client.get(BALANCE, {"includeStats": "false"}).json()
    assert client.get(BALANCE, {"includeStats": "true"}).json() == {
        "balance": 50,
        "tier": "free",
        "tierDisplayName": "Free",
        "monthlyAllocation": 0,
        "nextRefreshDate": None,
        "stats": {"totalEarned": 50, "totalSpent": 0, "lifetimeBalance": 50},
    }


def test_stats_add_up_every_kind_of_row(client, member):
    grant(user=member, amount=20, note="A gift")
    pay(member)
    adjust(user=member, amount=7, note="A correction up")
    adjust(user=member, amount=-4, note="A correction down")
    assert stats(client) == {"totalEarned": 77, "totalSpent": 14, "lifetimeBalance": 63}
    refund(charge=pay(member), note="It failed")
    assert stats(client) == {"totalEarned": 77, "totalSpent": 14, "lifetimeBalance": 63}
    check_ledger()


def test_stats_of_an_empty_account_are_0(client, member, settings):
    settings.SIGNUP_CREDITS = 0
    assert stats(client) == {"totalEarned": 0, "totalSpent": 0, "lifetimeBalance": 0}


def test_a_newcomer_sees_the_sign_up_grant(client, member):
    answer = client.get(TRANSACTIONS)
    row = CreditTransaction.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        [
            {
                "id": row.pk,
                "kind": "grant",
                "amount": 50,
                "balanceAfter": 50,
                "featureKey": "",
                "reference": "sign-up",
                "note": "",
                "createdAt": row.created_at.isoformat().replace("+00:00", "Z"),
            }
        ],
    )
    assert "Link" not in answer.headers


def test_transactions_come_newest_first(client, member):
    refund(charge=pay(member), note="The media could not be copied")
    rows = client.get(TRANSACTIONS).json()
    for row in rows:
        del row["id"], row["createdAt"]
    paid = {"featureKey": "session_create", "reference": "session:1"}
    note = "The media could not be copied"
    assert rows == [
        {"kind": "refund", "amount": 10, "balanceAfter": 50, **paid, "note": note},
        {"kind": "charge", "amount": -10, "balanceAfter": 40, **paid, "note": ""},
        {
            "kind": "grant",
            "amount": 50,
            "balanceAfter": 50,
            "featureKey": "",
            "reference": "sign-up",
            "note": "",
        },
    ]


def test_transactions_are_paged_there_and_back_without_loss_or_repeat(client, member):
    for number in range(24):
        grant(user=member, amount=1, note=f"Gift {number}")
    newest_first = [row.pk for row in account_of(member).transactions.order_by("-id")]
    there, last = walk(client, f"{TRANSACTIONS}?limit=10")
    assert there == [newest_first[:10], newest_first[10:20], newest_first[20:]]
    back, _ = walk(client, last, "prev")
    assert back == there[::-1]


def test_rows_written_meanwhile_do_not_move_the_pages(client, member):
    first = pay(member).account.transactions.get(reference="sign-up")
    answer = client.get(TRANSACTIONS, {"limit": 1})
    grant(user=member, amount=1, note="Meanwhile")
    assert walk(client, link_in(answer))[0] == [[first.pk]]


def test_nobody_sees_the_rows_of_another(client, member):
    other = make_person("other", balance=90)
    pay(other)
    make_premium(other, days=1)
    assert {row["reference"] for row in client.get(TRANSACTIONS).json()} == {"sign-up"}
    assert client.get(BALANCE).json()["tier"] == "free"
    assert stats(client) == {"totalEarned": 50, "totalSpent": 0, "lifetimeBalance": 50}


def test_the_cursor_of_another_shows_only_ones_own_rows(client, member):
    mine = account_of(member).transactions.get()
    client.force_login(make_person("other", balance=90))
    link = link_in(client.get(TRANSACTIONS, {"limit": 1}))
    client.force_login(member)
    assert walk(client, link)[0] == [[mine.pk]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *[(f"limit={junk}", "limit") for junk in ("0", "201", "x", "-1", "1.5", "", "9" * 5000)],
        *[(f"cursor={junk}", "cursor") for junk in ("junk", "", "%00", "%ff", "a:b", "a" * 5000)],
        ("page=2", "page"),
        ("limit=1&Limit=1", "Limit"),
    ],
)
def test_a_senseless_page_is_400_and_named(client, member, query, name):
    answer = client.get(f"{TRANSACTIONS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation Error"
    assert list(answer.json()["fields"]) == [name]


def test_a_cursor_tampered_with_is_400(client, member):
    pay(member)
    link = link_in(client.get(TRANSACTIONS, {"limit": 1}))
    cursor = re.search("cursor=([^&]+)", link)[1]
    for forged in (cursor[:-1], f"A{cursor}", cursor.swapcase(), cursor.partition("%3A")[0]):
        answer = client.get(f"{TRANSACTIONS}?cursor={forged}")
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "error": "Validation Error",
                "message": "Validation failed: cursor: Not a cursor of this list.",
                "fields": {"cursor": ["Not a cursor of this list."]},
            },
        )


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *[(f"includeStats={junk}", "includeStats") for junk in ("maybe", "", "2", "null", "%00")],
        ("includestats=true", "includestats"),
        ("limit=1", "limit"),
    ],
)
def test_a_senseless_question_for_the_balance_is_400_and_named(client, member, query, name):
    answer = client.get(f"{BALANCE}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


def make_prices():
    set_price(10)
    FeaturePricing.objects.bulk_create(
        [
            FeaturePricing(feature_key="export", cost=51),
            FeaturePricing(feature_key="analysis", cost=0, premium_only=True),
            FeaturePricing(feature_key="captions", cost=51, premium_only=True),
            FeaturePricing(feature_key="upscaling", cost=50),
            FeaturePricing(feature_key="closed", cost=1, is_active=False),
        ]
    )


def price(key, cost, premium_only, allowed, affordable):
    return {
        "featureKey": key,
        "cost": cost,
        "premiumOnly": premium_only,
        "allowed": allowed,
        "affordable": affordable,
    }


def test_prices_say_what_one_may_use_and_can_pay(client, member):
    make_prices()
    answer = client.get(PRICING)
    assert (answer.status_code, answer.json()) == (
        200,
        [
            price("analysis", 0, True, allowed=False, affordable=False),
            price("captions", 51, True, allowed=False, affordable=False),
            price("export", 51, False, allowed=True, affordable=False),
            price("session_create", 10, False, allowed=True, affordable=True),
            price("upscaling", 50, False, allowed=True, affordable=True),
        ],
    )


def test_premium_opens_premium_features_but_does_not_pay_for_them(client, member):
    make_prices()
    make_premium(member, days=1)
    assert client.get(PRICING).json()[:2] == [
        price("analysis", 0, True, allowed=True, affordable=True),
        price("captions", 51, True, allowed=True, affordable=False),
    ]


def test_a_new_installation_has_a_price(client, member):
    FeaturePricing.objects.all().delete()
    migration = import_module("credits.migrations.0001_initial").Migration
    migration.operations[-1].code(apps, SimpleNamespace(connection=connection))
    answer = client.get(PRICING)
    expected = [price("session_create", 10, False, allowed=True, affordable=True)]
    assert (answer.status_code, answer.json()) == (200, expected)


def test_no_prices_are_an_empty_list(client, member):
    FeaturePricing.objects.all().delete()
    answer = client.get(PRICING)
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("path", [BALANCE, f"{BALANCE}?includeStats=true", TRANSACTIONS, PRICING])
def test_queries_do_not_grow_with_rows(client, member, path):
    account_of(member)
    before = queries(client, path)
    make_prices()
    for _ in range(30):
        grant(user=member, amount=1, note="")
    assert queries(client, path) == before <= 4
