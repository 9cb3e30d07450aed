"""The invariants of the ledger and the library, asked of everything there is.

In few statements that read few columns: state machines ask after each step.
"""

from collections import Counter, defaultdict

from community.models import CommunityShare
from credits.models import CreditAccount, CreditTransaction
from joip.media.buckets import USER_MEDIA
from sessions.import_urls import community_session_id_of
from sessions.models import Session, SessionMedia
from sessions.pruning import KEYS, orphans
from sessions.renditions import renditions_of
from sessions.stored_objects import target_key
from tests.stored import sizes_in


def check_ledger(free=()):
    """Every balance is the sum of its rows and what the last one says; no charge stays wrong.
    `free` are the ids of what was saved at price 0.
    """
    rows, saves = ledger_rows(), saved_sessions()
    rows_of, charges_for = defaultdict(list), defaultdict(list)
    for row in rows:
        rows_of[row.account].append(row)
        if row.kind == "charge" and row.refund is None:
            charges_for[row.reference].append(row.pk)
    for account, balance in CreditAccount.objects.values_list("pk", "balance"):
        assert balance == sum(row.amount for row in rows_of[account])
        assert not rows_of[account] or balance == rows_of[account][-1].balance_after
    for save in saves:
        if save.charge_waived:
            continue
        charges = charges_for[f"session:{save.pk}"]
        expected = 0 if save.media_status == "failed" or save.pk in free else 1
        assert len(charges) == expected, (save.pk, save.media_status)
        assert [save.charge] == (charges or [None])
    check_counts(rows, saves)


def check_save_counts():
    """Every share counts the copies that there are and have not failed; beyond these, only saves
    that were paid for and are deleted: as many as unrefunded charges of sessions that are gone.
    """
    check_counts(ledger_rows(), saved_sessions())


def check_counts(rows, saves):
    kept = Counter(
        community_session_id_of(save.import_url) for save in saves if save.media_status != "failed"
    )
    paid = {
        row.reference.partition(":")[2]
        for row in rows
        if row.kind == "charge" and row.refund is None
    }
    gone = paid - set(map(str, Session.objects.values_list("pk", flat=True)))
    shares = CommunityShare.objects.values_list("pk", "save_count")
    beyond = [save_count - kept[pk] for pk, save_count in shares]
    assert all(number >= 0 for number in beyond)
    assert sum(beyond) <= len(gone)


def ledger_rows():
    fields = ("pk", "account", "kind", "amount", "balance_after", "reference", "refund")
    return list(CreditTransaction.objects.order_by("pk").values_list(*fields, named=True))


def saved_sessions():
    saves = Session.objects.owned().filter(import_source="community")
    fields = ("pk", "import_url", "media_status", "charge", "charge_waived")
    return list(saves.values_list(*fields, named=True))


def check_objects():
    """Every slide of a whole session has its object at its key, every slide its renditions, and no
    object is left over.
    """
    sizes = {bucket: sizes_in(bucket) for bucket in KEYS}
    for slide in SessionMedia.objects.select_related("session"):
        renditions = {rendition.key for rendition in renditions_of(slide).values()}
        assert sizes[USER_MEDIA].keys() >= renditions
        if slide.session.media_status == "ready" and slide.key:
            assert slide.bucket == slide.session.bucket
            assert slide.key == target_key(slide)
            assert sizes[slide.bucket][slide.key] == slide.size
    assert orphans_among(sizes) == []


def check_shares():
    """Every share shows the whole snapshot of its session, if there is one, and no other. What is
    offered is public.
    """
    whole = Session.objects.filter(media_status="ready", snapshot_of__isnull=False)
    snapshots = {
        original: (snapshot, category)
        for original, snapshot, category in whole.values_list("snapshot_of", "pk", "category")
    }
    fields = ("session", "snapshot", "category", "withdrawn_at", "session__is_public")
    for session, *shown, withdrawn_at, is_public in CommunityShare.objects.values_list(*fields):
        assert tuple(shown) == snapshots.get(session, (None, None))
        assert is_public or withdrawn_at


def left_over():
    """What pruning would delete if everything were a day older."""
    return orphans_among({bucket: sizes_in(bucket) for bucket in KEYS})


def orphans_among(keys):
    return [
        (bucket, key)
        for bucket, prefixes in KEYS.items()
        for key in orphans(bucket, [key for key in keys[bucket] if key.startswith(tuple(prefixes))])
    ]
