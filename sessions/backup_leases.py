"""The lease of a backup: while one lives, no object of removed rows is deleted.

A backup reads objects, then the rows, then the objects that it lacks. An object whose row goes in
between must stay until the backup has it. Whatever deletes objects first asks whether a row names
them, and then `backup_runs()`, in this order: a backup that begins after the second question reads
its rows after it too, and finds none that names the object. What is left is an orphan, which
`prune_media` finds when no backup runs.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, connection, models
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

LEASE_SECONDS = 60  # a dead backup keeps objects for so long
RENEWAL_SECONDS = 10


class BackupLeaseLost(Exception):
    """The backup was stalled for longer than its lease: objects may have been deleted since."""


class BackupLease(models.Model):
    """One row for each backup that runs."""

    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"backup until {self.expires_at}"


def backup_runs() -> bool:
    return BackupLease.objects.filter(expires_at__gt=Now()).exists()


@contextmanager
def objects_kept() -> Iterator[None]:
    """Keep the objects of removed rows. Raises BackupLeaseLost at the end if the lease has run out
    at any time.
    """
    BackupLease.objects.filter(expires_at__lte=Now()).delete()
    lease = BackupLease.objects.create(expires_at=lease_end())
    ended = threading.Event()
    renewing = threading.Thread(target=renew_until, args=[ended, lease.pk], daemon=True)
    renewing.start()
    try:
        yield
        ended.set()
        renewing.join()
        if not renew(lease.pk):
            raise BackupLeaseLost
    finally:
        ended.set()
        renewing.join()
        BackupLease.objects.filter(pk=lease.pk).delete()


def renew_until(ended: threading.Event, pk: int) -> None:
    """In a thread of its own, so that a slow store does not keep it from renewing."""
    is_alive = True
    while is_alive and not ended.wait(RENEWAL_SECONDS):
        try:
            is_alive = renew(pk)
        except Error:
            pass  # asked again, until the lease has run out
        finally:
            connection.close()


def renew(pk: int) -> bool:
    """False once the lease has run out: it cannot be revived."""
    living = BackupLease.objects.filter(pk=pk, expires_at__gt=Now())
    return bool(living.update(expires_at=lease_end()))


def lease_end() -> Combinable:
    return Now() + timedelta(seconds=LEASE_SECONDS)
