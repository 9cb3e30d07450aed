"""How much media one person may store (STORAGE_QUOTA_MB), and what they store now."""

from django.conf import settings
from django.db.models import Sum

from joip.errors import Refusal
from joip.users.models import User
from sessions.locks import lock_person
from sessions.models import SessionMedia


class StorageQuotaExceeded(Refusal):
    """`used`, `limit` and `needed` are bytes."""

    status = 403

    def __init__(self, *, used: int, limit: int, needed: int):
        self.body = {
            "error": "Your storage is full",
            "code": "STORAGE_QUOTA_EXCEEDED",
            "used": used,
            "limit": limit,
            "needed": needed,
        }


def used_by(user: User) -> int:
    slides = SessionMedia.objects.filter(session__owner=user)
    return slides.aggregate(sum=Sum("size"))["sum"] or 0


def limit_bytes() -> int:
    return settings.STORAGE_QUOTA_MB * 2**20


def quota_left(user: User) -> int:
    """Bytes that the person may still upload; negative if copies took more than the limit."""
    return limit_bytes() - used_by(user)


def check_quota(*, user: User, needed: int) -> None:
    """Refuse an upload that exceeds the quota. Copies count, but are never refused."""
    used, limit = used_by(user), limit_bytes()
    if used + needed > limit:
        raise StorageQuotaExceeded(used=used, limit=limit, needed=needed)


def lock_and_check_quota(*, user: User, needed: int) -> None:
    """Like `check_quota`; other uploads of the person wait until the transaction ends.

    To be called before a session is locked.
    """
    lock_person(user)
    check_quota(user=user, needed=needed)
