"""The database guards the truth: each of its constraints, violated."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from community.models import CommunityShare, Decision, Origin, Report
from credits.ledger import account_of
from credits.models import CreditAccount, CreditTransaction, FeaturePricing
from sessions.models import Category, Session, SessionMedia
from tests.factories import make_person

pytestmark = pytest.mark.django_db
now = timezone.now()


@pytest.fixture
def person():
    return make_person("person")


def row(person, **fields):
    fields = {"kind": "grant", "amount": 1, "balance_after": 51} | fields
    return CreditTransaction.objects.create(account=account_of(person), **fields)


def session(person, **fields):
    return Session.objects.create(**{"owner": person, "title": "Fjords"} | fields)


def slide(person, **fields):
    fields = {
        "order": 0,
        "media_type": "image",
        "bucket": "general",
        "key": "a",
        "size": 1,
    } | fields
    return SessionMedia.objects.create(session=session(person), **fields)


def saved(person):
    return session(person, import_source="community", import_url="community:1")


def refunded_twice(person):
    charge = row(person, kind="charge", amount=-1, balance_after=49)
    row(person, kind="refund", reverses=charge)
    row(person, kind="refund", reverses=charge)


def two_thumbnails(person):
    first = slide(person, is_thumbnail=True)
    SessionMedia.objects.create(
        session=first.session,
        order=1,
        media_type="image",
        external_url="https://a.b",
        is_thumbnail=True,
    )


def slides_of_one_name(session):
    for order in range(2):
        SessionMedia.objects.create(
            session=session,
            name="5d4cbb1a-6f0e-4b0c-9a39-0d6d5a1f5a3e",
            order=order,
            media_type="image",
            external_url="https://a.b",
        )


def two_snapshots(original):
    for _ in range(2):
        session(None, snapshot_of=original)


def featured(person, **fields):
    fields = {"allow_featuring": True, "featured_place": 1} | fields
    CommunityShare.objects.create(session=session(person), snapshot=session(None), **fields)


def two_reports(person):
    share = CommunityShare.objects.create(session=session(person))
    for _ in range(2):
        Report.objects.create(share=share, reporter=person, reason="spam")


def origin_twice(person):
    session_id = session(person).pk
    for _ in range(2):
        Origin.objects.create(session_id=session_id, community_session_id=1)


VIOLATIONS = {
    "account_balance_never_negative": lambda p: CreditAccount.objects.filter(
        pk=account_of(p).pk
    ).update(balance=-1),
    "ledger_amount_sign_fits_its_kind": lambda p: row(p, kind="charge", amount=1),
    "ledger_only_refunds_reverse": lambda p: row(p, kind="refund"),
    "ledger_one_sign_up_grant_per_account": lambda p: row(p, reference="sign-up"),
    "ledger_balance_after_never_negative": lambda p: row(p, balance_after=-1),
    "only_one_default_category": lambda p: [
        Category.objects.create(name=n, slug=n, is_default=True) for n in "ab"
    ],
    "one_save_per_owner_and_shared_session": lambda p: [saved(p), saved(p)],
    "community_import_names_its_source": lambda p: session(p, import_source="community"),
    "one_whole_snapshot_per_session": lambda p: two_snapshots(session(p)),
    "snapshot_is_never_public": lambda p: session(None, is_public=True),
    "only_a_snapshot_is_snapshot_of": lambda p: session(p, snapshot_of=session(p)),
    "intervals_between_1_and_60_min_first": lambda p: session(p, interval_min=9, interval_max=8),
    "a_lease_only_while_copying": lambda p: session(p, copy_lease_expires_at=now),
    "a_ready_session_reads_no_snapshot": lambda p: session(p, copied_from=session(None)),
    "a_failed_session_holds_no_charge": lambda p: session(
        p, media_status="failed", charge=row(p, kind="charge", amount=-1)
    ),
    "media_is_stored_or_external": lambda p: slide(p, external_url="https://example.org/a.jpg"),
    "at_most_one_thumbnail_per_session": two_thumbnails,
    "slides_of_a_session_differ_in_name": lambda p: slides_of_one_name(session(p)),
    "one_report_per_person_and_share": two_reports,
    "one_row_per_session_and_origin": origin_twice,
    "featured_in_one_of_the_places": lambda p: featured(p, featured_place=7),
    "featured_is_allowed_offered_and_not_hidden": lambda p: featured(p, hidden_at=now),
    "what_is_hidden_has_a_reason": lambda p: Decision.objects.create(
        community_session_id=1, kind="hide"
    ),
    "a_confirmed_email_has_one_owner": lambda p: [
        make_person(name, email="a@b.org", email_confirmed_at=now) for name in ("ines", "noor")
    ],
    "only_a_confirmed_email_is_replaced": lambda p: make_person("ines", new_email="a@b.org"),
    "a_confirmed_email_is_not_blank": lambda p: make_person("ines", email_confirmed_at=now),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_it_is_refused(person, name):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name](person)
    # SQLite names the columns of a unique constraint instead.
    assert name in str(refused.value) or "UNIQUE constraint failed" in str(refused.value)


@pytest.mark.parametrize(
    "violate",
    [
        refunded_twice,
        lambda p: session(p, interval_max=61),
        lambda p: session(p, interval_min=0),
        lambda p: slide(p, key=""),
        lambda p: slide(p, size=None),
        lambda p: slide(p, bucket="elsewhere"),
        lambda p: row(p, kind="adjustment", amount=0),
        lambda p: row(p, kind="gift"),
        lambda p: FeaturePricing.objects.create(feature_key="a", cost=-1),
        lambda p: [CommunityShare.objects.create(session=s) for s in [session(p)] * 2],
    ],
)
def test_so_is_this(person, violate):
    with pytest.raises(IntegrityError), transaction.atomic():
        violate(person)


def test_every_constraint_of_ours_is_violated_above():
    ours = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in ("users", "library", "credits", "community")
        for constraint in model._meta.constraints
    }
    assert ours == set(VIOLATIONS)
