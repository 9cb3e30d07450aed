"""Prices, accounts and the ledger in the admin."""

from itertools import chain

import pytest
from django.contrib.auth.models import Permission

from credits.ledger import balance_of
from credits.models import CreditAccount, CreditTransaction, FeaturePricing
from tests.factories import make_person, set_price
from tests.ledgers import check_ledger

ACCOUNTS = "/admin/credits/creditaccount/"
PEOPLE = "/admin/users/user/"
LEDGER = "/admin/credits/credittransaction/"


@pytest.fixture
def grant_or_adjust(admin_client):
    """Do it to these people, from the list at `path`; the texts that staff then read."""

    def grant_or_adjust(*people, path=ACCOUNTS, client=admin_client, **fields):
        data = {
            "action": "grant_or_adjust",
            "_selected_action": [person.pk for person in people],
            "confirmed": "yes",
            **fields,
        }
        answer = client.post(path, data, follow=True)
        form = answer.context.get("form")
        errors = form.errors.values() if form else []
        return [*map(str, answer.context["messages"]), *chain(*errors)]

    return grant_or_adjust


def test_the_action_first_asks_how_many_and_why(admin_client, author, saver):
    data = {"action": "grant_or_adjust", "_selected_action": [author.pk, saver.pk], "index": 0}
    page = admin_client.post(PEOPLE, data).content.decode()
    assert "author: no account yet; it opens with the sign-up credits" in page
    assert "saver: 50 credits" in page
    assert balance_of(saver) == 50


def test_a_grant_is_a_ledger_row_of_the_person_who_gave_it(grant_or_adjust, admin_user, saver):
    said = grant_or_adjust(saver, kind="grant", amount=25, note="for the meadows")
    assert said == ["saver: +25 credits, 75 now."]
    row = CreditTransaction.objects.latest("pk")
    assert (row.kind, row.amount, row.note, row.actor) == (
        "grant",
        25,
        "for the meadows",
        admin_user,
    )


def test_a_person_without_an_account_can_be_granted_credits(grant_or_adjust, author, settings):
    settings.SIGNUP_CREDITS = 7
    said = grant_or_adjust(author, path=PEOPLE, kind="grant", amount=3, note="welcome")
    assert said == ["author: +3 credits, 10 now."]


def test_a_refusal_to_one_leaves_the_others_done(grant_or_adjust, author, saver):
    assert balance_of(author) == 50
    grant_or_adjust(author, kind="adjust", amount=-40, note="a mistake")
    said = grant_or_adjust(author, saver, kind="adjust", amount=-20, note="another")
    assert said == ["author: Insufficient credits", "saver: -20 credits, 30 now."]
    assert (balance_of(author), balance_of(saver)) == (10, 30)
    check_ledger()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "grant", "amount": "5", "note": "  "}, "This field is required."),
        ({"kind": "grant", "amount": "many", "note": "x"}, "Enter a whole number."),
        ({"kind": "grant", "amount": "1.5", "note": "x"}, "Enter a whole number."),
        ({"kind": "grant", "amount": "-5", "note": "x"}, "A grant is 1 or more."),
        ({"kind": "adjust", "amount": "0", "note": "x"}, "An adjustment by 0 changes nothing."),
        ({"amount": "5", "note": "x"}, "This field is required."),
    ],
)
def test_what_cannot_be_written_to_the_ledger_is_asked_again(grant_or_adjust, saver, fields, error):
    assert grant_or_adjust(saver, **fields) == [error]
    assert balance_of(saver) == 50


def test_staff_who_may_only_look_cannot_grant(client, grant_or_adjust, saver):
    staff = make_person("staff", is_staff=True)
    rights = ["view_creditaccount", "change_user"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(staff)
    for path in (ACCOUNTS, PEOPLE):
        grant_or_adjust(saver, path=path, client=client, kind="grant", amount=5, note="x")
    assert balance_of(saver) == 50


def test_premium_is_edited_and_the_balance_is_not(admin_client, saver):
    data = {
        "premium_until_0": "2030-05-17",
        "premium_until_1": "12:00",
        "balance": 1_000_000,
        "transactions-TOTAL_FORMS": 0,
        "transactions-INITIAL_FORMS": 0,
    }
    assert admin_client.post(f"{ACCOUNTS}{saver.pk}/change/", data).status_code == 302
    account = CreditAccount.objects.get(user=saver)
    assert (account.balance, account.premium_until.year) == (50, 2030)


def test_a_price_remembers_who_set_it(admin_client, admin_user, transactional_db):
    set_price(10)
    pricing = FeaturePricing.objects.get()
    data = {"feature_key": "session_create", "cost": 12, "is_active": "on"}
    admin_client.post(f"/admin/credits/featurepricing/{pricing.pk}/change/", data)
    pricing.refresh_from_db()
    assert (pricing.cost, pricing.updated_by) == (12, admin_user)


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"cost": 10}, "10 credits, for everybody"),
        ({"cost": 0}, "free, for everybody"),
        ({"cost": 10, "premium_only": True}, "10 credits, for premium only"),
        ({"cost": 0, "is_active": False}, "closed: answers 503"),
    ],
)
def test_the_list_says_what_a_price_means(admin_client, transactional_db, fields, meaning):
    set_price(**fields)
    assert meaning in admin_client.get("/admin/credits/featurepricing/").content.decode()


NO_PRICE = "session_create has no active price, so it answers 503."


def told(admin_client):
    answer = admin_client.get("/admin/credits/featurepricing/")
    return [str(message) for message in answer.context["messages"]]


def test_the_list_warns_of_a_feature_without_an_active_price(admin_client, transactional_db):
    assert told(admin_client) == []
    set_price(10, is_active=False)
    assert told(admin_client) == [NO_PRICE]
    FeaturePricing.objects.all().delete()
    assert told(admin_client) == [NO_PRICE]


def test_a_price_is_set_for_a_feature_that_there_is(admin_client, transactional_db):
    FeaturePricing.objects.all().delete()
    for key, status in [("session_creat", 200), ("session_create", 302)]:
        data = {"feature_key": key, "cost": 12, "is_active": "on"}
        answer = admin_client.post("/admin/credits/featurepricing/add/", data)
        assert answer.status_code == status
    assert FeaturePricing.objects.get().feature_key == "session_create"


def test_the_ledger_is_read_and_never_changed(admin_client, saver):
    row = CreditTransaction.objects.latest("pk")
    assert admin_client.get(f"{LEDGER}{row.pk}/change/").status_code == 200
    for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert admin_client.post(LEDGER + page, {"amount": 5}).status_code == 403
    admin_client.post(LEDGER, {"action": "delete_selected", "_selected_action": row.pk})
    assert CreditTransaction.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("path", [ACCOUNTS, PEOPLE])
def test_accounts_and_people_are_never_deleted(admin_client, saver, path):
    assert admin_client.post(f"{path}{saver.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": saver.pk, "post": "yes"}
    admin_client.post(path, data)
    assert CreditAccount.objects.filter(user=saver).exists()
