"""`/metrics` for Prometheus: what the database says when it is asked.

So every process answers the same, and nothing is counted in processes, which come and go.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, Now
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from community.models import OPEN, CommunityShare, Report
from credits.models import CreditAccount, CreditTransaction
from joip import __version__
from joip.users.models import User
from sessions.models import Session, SessionMedia

__all__ = ["CONTENT_TYPE", "metrics"]

# What reads whole tables is read so rarely.
SLOW_SECONDS = 300

Values = float | dict[tuple[str, ...], float]  # one, or one for each combination of labels


def metrics() -> bytes:
    registry = CollectorRegistry()
    registry.register(Database())
    return generate_latest(registry)


class Database(Collector):
    def collect(self) -> Iterator[Metric]:
        yield gauge("joip_info", "1; the version is a label.", {(__version__,): 1}, ["version"])
        yield from copies()
        yield gauge("joip_reports_waiting", "Reports that staff have not answered.", reports())
        yield from slow()

    def describe(self) -> list[Metric]:
        return []  # or registering would ask the database


def copies() -> Iterator[Metric]:
    """Of saved sessions and of snapshots, which are copies too."""
    now, is_waiting = Now(), Q(copy_lease_expires_at=None)
    counted = Session.objects.copying().aggregate(
        at_work=Count("pk", filter=Q(copy_lease_expires_at__gte=now)),
        abandoned=Count("pk", filter=Q(copy_lease_expires_at__lt=now)),
        waiting=Count("pk", filter=is_waiting),
        oldest_lease=Min("copy_lease_expires_at"),
        oldest_waiting=Min("updated_at", filter=is_waiting),
        now=Max(now),
    )
    asked_at = counted.pop("now")
    lease, waiting = counted.pop("oldest_lease"), counted.pop("oldest_waiting")
    by_state: Values = {(state,): count for state, count in counted.items()}
    yield gauge("joip_copies", "Unfinished copies, by state.", by_state, ["state"])
    left = lease and (lease - asked_at).total_seconds()
    yield gauge(
        "joip_copy_lease_seconds",
        "Until the lease that expires first does; below 0, its process has died. "
        f"Leases last {settings.COPY_LEASE_SECONDS} seconds; without one it is that.",
        settings.COPY_LEASE_SECONDS if left is None else left,
    )
    age = waiting and (asked_at - waiting).total_seconds()
    yield gauge("joip_copy_wait_seconds", "How long a copy has waited to begin.", age or 0)


def reports() -> int:
    return Report.objects.waiting().count()


def read_slow() -> list[Metric]:
    people = User.objects.filter(is_active=True).count()
    by_kind = CreditTransaction.objects.values_list("kind").annotate(Count("pk"))
    ledger = dict(by_kind.order_by())
    charges, refunds = ledger.get("charge", 0), ledger.get("refund", 0)
    outstanding = CreditAccount.objects.aggregate(sum=Coalesce(Sum("balance"), 0))["sum"]
    offered = CommunityShare.objects.filter(OPEN).count()
    failed = Session.objects.owned().filter(media_status=Session.MediaStatus.FAILED).count()
    saves = Session.objects.owned().filter(import_source="community").count()
    return [
        gauge("joip_people", "Accounts that can sign in.", people),
        gauge("joip_saved_sessions", "Saved sessions in libraries.", saves),
        gauge("joip_failed_copies", "Saved sessions whose copy failed.", failed),
        counter("joip_charges", "Charges in the ledger.", charges),
        counter("joip_refunds", "Refunds in the ledger.", refunds),
        gauge("joip_credits_outstanding", "The sum of all balances.", outstanding),
        gauge("joip_shares_open", "Shares in the feed.", offered),
        gauge("joip_media_bytes", "What slides name, by bucket.", *bytes_by_bucket()),
    ]


def bytes_by_bucket() -> tuple[dict[tuple[str, ...], float], list[str]]:
    stored = SessionMedia.objects.exclude(key="").values_list("bucket").annotate(Sum("size"))
    return {(bucket,): size for bucket, size in stored.order_by()}, ["bucket"]


def kept(seconds: float, read: Callable[[], list[Metric]]) -> Callable[[], list[Metric]]:
    last: dict[Any, tuple[float, list[Metric]]] = {}

    def read_or_kept() -> list[Metric]:
        database = connection.settings_dict["NAME"]
        read_at, found = last.get(database, (float("-inf"), []))
        if time.monotonic() >= read_at + seconds:
            last[database] = (time.monotonic(), found := read())
        return found

    return read_or_kept


slow = kept(SLOW_SECONDS, read_slow)


def gauge(
    name: str,
    text: str,
    values: Values,
    labels: list[str] | None = None,
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for of, value in values.items() if isinstance(values, dict) else [((), values)]:
        family.add_metric(of, value)
    return family


def counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)
