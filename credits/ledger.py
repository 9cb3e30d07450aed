"""Every credit that moves, moves here: one conditional UPDATE and one row, together."""

from django.conf import settings
from django.db import connection, transaction

from credits.models import CreditAccount, CreditTransaction
from credits.pricing import SESSION_CREATE, FeaturePricingMissing, PremiumOnly, price_for
from joip.errors import Refusal
from joip.users.models import User

MAX_AMOUNT = 1_000_000_000  # fits the column

# In SQL, since Django has no UPDATE ... RETURNING: one statement decides whether there are enough
# credits and says how many are left. The row stays locked until the transaction ends.
MOVE = """
    UPDATE credits_creditaccount SET balance = balance + %s
    WHERE user_id = %s AND balance + %s >= 0 RETURNING balance
"""

SIGN_UP = "sign-up"  # the reference of an account's first row; a constraint keeps it single

Kind = CreditTransaction.Kind


class InsufficientCredits(Refusal):
    status = 402

    def __init__(self, *, required: int, current: int, feature_key: str):
        self.body = {
            "error": "Insufficient credits",
            "code": "INSUFFICIENT_CREDITS",
            "required": required,
            "current": current,
            "featureKey": feature_key,
        }


class InvalidAmount(Refusal):
    status = 400

    def __init__(self, allowed: str):
        self.body = {"error": f"The amount must be {allowed}", "code": "INVALID_AMOUNT"}


# What `charge` may refuse for a session, with examples for the API's description.
CHARGE_REFUSALS: list[Refusal] = [
    InsufficientCredits(required=10, current=5, feature_key=SESSION_CREATE),
    PremiumOnly(SESSION_CREATE),
    FeaturePricingMissing(SESSION_CREATE),
]


def account_of(user: User) -> CreditAccount:
    """The person's account, opened with SIGNUP_CREDITS when it is first asked for."""
    return CreditAccount.objects.filter(user=user).first() or open_account(user)


@transaction.atomic(savepoint=False)
def open_account(user: User) -> CreditAccount:
    # Another request may open it at the same moment: constraints let each row in once.
    account = CreditAccount(user=user, balance=settings.SIGNUP_CREDITS)
    CreditAccount.objects.bulk_create([account], ignore_conflicts=True)
    if settings.SIGNUP_CREDITS:
        first = CreditTransaction(
            account=account,
            kind=Kind.GRANT,
            amount=settings.SIGNUP_CREDITS,
            balance_after=settings.SIGNUP_CREDITS,
            reference=SIGN_UP,
        )
        CreditTransaction.objects.bulk_create([first], ignore_conflicts=True)
    return account


def balance_of(user: User) -> int:
    return account_of(user).balance


def balance_when_read(user: User) -> int:
    """Like `balance_of`, for what must change nothing by being read: it opens no account."""
    account = CreditAccount.objects.filter(user=user).first()
    return account.balance if account else settings.SIGNUP_CREDITS


@transaction.atomic(savepoint=False)  # a refused charge undoes all that it was to pay for
def charge(
    *, user: User, feature_key: str, reference: str, actor: User | None = None
) -> CreditTransaction | None:
    """Take the present price of the feature; the ledger row, or None if it is free.

    Refuses with FeaturePricingMissing, PremiumOnly or InsufficientCredits, in this order.
    """
    cost = price_for(user=user, feature_key=feature_key)
    if cost == 0:
        return None
    return post(
        account=account_of(user),
        kind=Kind.CHARGE,
        amount=-cost,
        feature_key=feature_key,
        reference=reference,
        actor=actor,
    )


@transaction.atomic
def refund(*, charge: CreditTransaction, note: str) -> CreditTransaction:
    """Give back the whole of a charge.

    A second refund of one charge is an IntegrityError: `reverses` is unique.
    """
    return post(
        account=charge.account,
        kind=Kind.REFUND,
        amount=-charge.amount,
        feature_key=charge.feature_key,
        reference=charge.reference,
        reverses=charge,
        note=note,
    )


@transaction.atomic
def grant(*, user: User, amount: int, note: str, actor: User | None = None) -> CreditTransaction:
    if not 1 <= amount <= MAX_AMOUNT:
        raise InvalidAmount(f"a whole number from 1 to {MAX_AMOUNT}")
    return post(account=account_of(user), kind=Kind.GRANT, amount=amount, note=note, actor=actor)


@transaction.atomic
def adjust(*, user: User, amount: int, note: str, actor: User | None = None) -> CreditTransaction:
    if amount == 0 or abs(amount) > MAX_AMOUNT:
        raise InvalidAmount(f"from -{MAX_AMOUNT} to {MAX_AMOUNT}, and not 0")
    return post(
        account=account_of(user), kind=Kind.ADJUSTMENT, amount=amount, note=note, actor=actor
    )


def post(
    *,
    account: CreditAccount,
    kind: Kind,
    amount: int,
    feature_key: str = "",
    reference: str = "",
    reverses: CreditTransaction | None = None,
    actor: User | None = None,
    note: str = "",
) -> CreditTransaction:
    """Change the balance and write the row that says so, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [amount, account.pk, amount])
        moved = cursor.fetchone()
    if moved is None:
        account.refresh_from_db(fields=["balance"])
        raise InsufficientCredits(
            required=-amount, current=account.balance, feature_key=feature_key
        )
    return CreditTransaction.objects.create(
        account=account,
        kind=kind,
        amount=amount,
        balance_after=moved[0],
        feature_key=feature_key,
        reference=reference,
        reverses=reverses,
        actor=actor,
        note=note,
    )
