"""The invariants of the ledger and the library, asked of everything there is."""

from collections import Counter, defaultdict

from django.core.files.storage import storages

from community.models import CommunityShare
from credits.models import CreditAccount, CreditTransaction
from sessions.models import Session, SessionMedia
from sessions.pruning import KEYS, orphans
from sessions.renditions import renditions_of
from sessions.stored_objects import target_key


def check_ledger(free=()):
    """Every balance is the sum of its rows and what the last one says; no charge stays wrong.
    `free` are the ids of what was saved at price 0.
    """
    rows_of, charges_for = defaultdict(list), defaultdict(list)
    for row in CreditTransaction.objects.select_related("refund").order_by("pk"):
        rows_of[row.account_id].append(row)
        if row.kind == "charge" and not hasattr(row, "refund"):
            charges_for[row.reference].append(row.pk)
    for account in CreditAccount.objects.all():
        rows = rows_of[account.pk]
        assert account.balance == sum(row.amount for row in rows)
        assert not rows or account.balance == rows[-1].balance_after
    saves = Session.objects.owned().filter(import_source="community", charge_waived=False)
    for session in saves:
        charges = charges_for[f"session:{session.pk}"]
        expected = 0 if session.media_status == "failed" or session.pk in free else 1
        assert len(charges) == expected, (session.pk, session.media_status)
        assert [session.charge_id] == (charges or [None])
    check_save_counts()


def check_save_counts():
    """Every share counts the copies that there are and have not failed; beyond these, only saves
    that were paid for and are deleted: as many as unrefunded charges of sessions that are gone.
    """
    kept = Counter(
        session.saved_from_id
        for session in Session.objects.owned().exclude(media_status="failed")
        if session.saved_from_id
    )
    charges = CreditTransaction.objects.filter(kind="charge", refund=None)
    paid = {
        reference.partition(":")[2] for reference in charges.values_list("reference", flat=True)
    }
    gone = paid - set(map(str, Session.objects.values_list("pk", flat=True)))
    beyond = [share.save_count - kept[share.pk] for share in CommunityShare.objects.all()]
    assert all(number >= 0 for number in beyond)
    assert sum(beyond) <= len(gone)


def check_objects():
    """Every slide of a whole session has its object at its key, every slide its renditions, and no
    object is left over.
    """
    there_are = {key for key, _ in storages["user-media"].objects("renditions/")}
    for slide in SessionMedia.objects.exclude(rendition=None):
        assert there_are >= {rendition.key for rendition in renditions_of(slide).values()}
    for session in Session.objects.filter(media_status="ready"):
        for slide in session.media.exclude(key=""):
            assert slide.bucket == session.bucket
            assert slide.key == target_key(slide)
            assert storages[slide.bucket].size(slide.key) == slide.size
    assert left_over() == []


def check_shares():
    """Every share shows the whole snapshot of its session, if there is one, and no other. What is
    offered is public.
    """
    assert not CommunityShare.objects.filter(withdrawn_at=None, session__is_public=False).exists()
    whole = Session.objects.filter(media_status="ready", snapshot_of__isnull=False)
    snapshots = {snapshot.snapshot_of_id: snapshot for snapshot in whole}
    for share in CommunityShare.objects.all():
        snapshot = snapshots.get(share.session_id)
        assert share.snapshot_id == (snapshot and snapshot.pk)
        assert share.category_id == (snapshot and snapshot.category_id)


def left_over():
    """What pruning would delete if everything were a day older."""
    return [
        (bucket, key)
        for bucket, prefixes in KEYS.items()
        for prefix in prefixes
        for key in orphans(bucket, [key for key, _ in storages[bucket].objects(prefix)])
    ]
