"""Every page of the admin, and how many queries its lists take."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from community.moderation import dismiss_reports, report_share
from credits.admin import RECENT_ROWS
from credits.ledger import grant
from credits.models import FeaturePricing
from joip.api_tokens.tokens import make_token
from sessions.models import Category
from tests.factories import make_person, make_share


@pytest.fixture
def populate(share, save):
    """Adds a row of everything that the admin shows."""

    def populate(name):
        author, saver = make_person(f"{name}-author"), make_person(name, email=f"{name}@x.org")
        category = Category.objects.create(name=name, slug=name)
        share = make_share(author, category=category, slides=1)
        save(share, saver)
        report_share(community_session_id=share.pk, user=saver, reason="spam")
        dismiss_reports(share=share, actor=author, note=name)
        report_share(community_session_id=share.pk, user=author, reason="other", text=name)
        Group.objects.create(name=name)
        make_token(user=saver, name=name, scope="read")
        FeaturePricing.objects.create(feature_key=name, cost=1, updated_by=author)
        grant(user=saver, amount=5, note=name, actor=author)

    return populate


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_list_opens_and_can_be_searched(admin_client, populate):
    populate("fjord")
    for model, model_admin in admin.site._registry.items():
        assert model_admin.search_fields, model
        for query in ("", "?q=fjord", "?q=7"):
            answer = admin_client.get(address(model, "changelist") + query)
            assert answer.status_code == 200, (model, query)


def test_every_change_page_opens(admin_client, admin_user, populate, rf):
    populate("fjord")
    request = rf.get("/")
    request.user = admin_user
    for model, model_admin in admin.site._registry.items():
        rows = model_admin.get_queryset(request)
        assert rows, model
        for row in rows:
            assert admin_client.get(address(model, "change", row.pk)).status_code == 200, row


def test_a_list_takes_as_many_queries_for_more_rows(admin_client, populate):
    def queries_of_every_list():
        counts = {}
        for model in admin.site._registry:
            with CaptureQueriesContext(connection) as captured:
                admin_client.get(address(model, "changelist"))
            counts[model] = len(captured)
        return counts

    populate("fjord")
    queries_of_every_list()  # fills Django's caches
    before = queries_of_every_list()
    for name in ("lake", "coast", "meadow"):
        populate(name)
    assert queries_of_every_list() == before


def test_a_change_page_takes_as_many_queries_for_more_rows(admin_client, author, share):
    def queries(row):
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address(row, "change", row.pk))
        return len(captured)

    large = make_share(author, slides=9)
    for small_row, large_row in [(share, large), (share.session, large.session)]:
        queries(small_row)  # fills Django's caches
        assert queries(large_row) == queries(small_row)


def test_an_account_shows_its_newest_rows_first_and_not_all(admin_client, author):
    for number in range(RECENT_ROWS + 5):
        row = grant(user=author, amount=1, note=f"gift {number}.")
    page = admin_client.get(address(row.account, "change", author.pk)).content.decode()
    assert page.count("gift ") == RECENT_ROWS
    assert page.index(f"gift {RECENT_ROWS + 4}.") < page.index("gift 5.")
    assert "gift 4." not in page


def test_snapshots_are_not_met_by_their_own_id(admin_client, share):
    snapshot = share.session.snapshots.get()
    answer = admin_client.get(address(snapshot, "change", snapshot.pk))
    assert answer.status_code == 302
