from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models import Sum

from joip.errors import Refusal
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


def used_by(user: AbstractUser) -> int:
    """Bytes in the person's library, copies included."""
    slides = SessionMedia.objects.filter(session__owner=user)
    return slides.aggregate(sum=Sum("size"))["sum"] or 0


def limit_bytes() -> int:
    return settings.STORAGE_QUOTA_MB * 2**20


def room_of(user: AbstractUser) -> int:
    """Bytes that the person may still upload; negative where copies took more than the limit."""
    return limit_bytes() - used_by(user)


def check_room(*, user: AbstractUser, needed: int) -> None:
    """Raises StorageQuotaExceeded (403). Copies count, but only uploads are refused."""
    used, limit = used_by(user), limit_bytes()
    if used + needed > limit:
        raise StorageQuotaExceeded(used=used, limit=limit, needed=needed)


def claim_room(*, user: AbstractUser, needed: int) -> None:
    """Like `check_room`, and no other upload of the person counts until the transaction ends.

    To be called before a session is locked. Raises Unauthorized (401) too.
    """
    lock_person(user)
    check_room(user=user, needed=needed)
