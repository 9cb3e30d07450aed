"""What Prometheus reads, out of the database."""

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from community.moderation import report_share
from credits.ledger import refund
from joip.operations import metrics as metrics_module
from sessions.models import Session

TOKEN = "a-token-of-twenty-characters"


@pytest.fixture
def read(settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN

    def read():
        """The samples, by name and labels."""
        monkeypatch.setattr(metrics_module, "slow", metrics_module.read_slow)
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return read


def test_saves_and_their_copies_are_counted(read, share, saver, save, author):
    save(share, saver)
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    found = read()
    assert found["joip_copies", "at_work"] == 0
    assert found["joip_charges_total",] == 1
    assert found["joip_refunds_total",] == 0
    assert found["joip_saved_sessions",] == 1
    assert found["joip_credits_outstanding",] == 40
    assert found["joip_reports_waiting",] == 1
    assert found["joip_people",] == 2
    assert found["joip_shares_open",] == 1


def test_a_copy_is_told_by_its_lease(read, share, saver, save):
    save(share, saver)
    saved = Session.objects.filter(owner=saver)
    for lease, state in (("2000-01-01T00:00Z", "abandoned"), ("2100-01-01T00:00Z", "at_work")):
        saved.update(media_status="copying", copy_lease_expires_at=lease)
        found = read()
        assert found["joip_copies", state] == 1
        assert (found["joip_copy_lease_seconds",] < 0) == (state == "abandoned")


def test_a_refund_is_counted(read, share, saver, save):
    save(share, saver)
    charge = Session.objects.get(owner=saver).charge
    refund(charge=charge, note="a test")
    assert read()["joip_refunds_total",] == 1


@pytest.mark.django_db
def test_it_takes_a_fixed_number_of_statements(read, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        read()


@pytest.mark.backend_free
def test_nobody_reads_it_without_the_token(settings):
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for given in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer ä"}):
        answer = Client().get("/metrics", headers=given)
        assert (answer.status_code, answer.content) == (401, b"Unauthorized\n")
