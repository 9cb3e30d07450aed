from django.contrib.auth.models import AbstractUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from community.models import CommunityShare


def hide_share(*, share: CommunityShare) -> None:
    """Close it to savers at once, whatever its owner does. Saved copies live on."""
    CommunityShare.objects.filter(pk=share.pk, hidden_at=None).update(hidden_at=timezone.now())


def unhide_share(*, share: CommunityShare) -> None:
    CommunityShare.objects.filter(pk=share.pk).update(hidden_at=None)


def not_hidden_from(user: AbstractUser, sessions: QuerySet) -> QuerySet:
    """Those of the sessions that staff have not hidden; all of them for staff."""
    if user.is_staff:
        return sessions
    return sessions.filter(Q(owner=user) | Q(community_share__hidden_at__isnull=True))
