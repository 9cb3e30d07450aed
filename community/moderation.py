from django.utils import timezone

from community.models import CommunityShare


def hide_share(*, share: CommunityShare) -> None:
    """Close it to savers at once, whatever its owner does. Saved copies live on."""
    CommunityShare.objects.filter(pk=share.pk, hidden_at=None).update(hidden_at=timezone.now())


def unhide_share(*, share: CommunityShare) -> None:
    CommunityShare.objects.filter(pk=share.pk).update(hidden_at=None)
