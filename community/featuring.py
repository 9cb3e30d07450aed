"""What staff feature on the home page: it plays for everybody, signed in or not.

The database keeps it to MAX_FEATURED places, and to what its author allows, offers, and staff have
not hidden: whatever ends one of these takes the place back in the same statement.
"""

from django.db import IntegrityError, transaction

from community.feed import whole_item
from community.models import MAX_FEATURED, MAY_BE_FEATURED, CommunityShare
from joip.errors import Refusal
from sessions.models import Session, SessionQuerySet


class FeaturingNotAllowed(Refusal):
    status = 403
    body = {
        "error": "Its author does not allow it to be shown on the home page",
        "code": "FEATURING_NOT_ALLOWED",
    }


class FeaturedIsHidden(Refusal):
    status = 409
    body = {"error": "It is hidden: unhide it first", "code": "SHARE_HIDDEN"}


class FeaturedNotOffered(Refusal):
    status = 409
    body = {"error": "It is not offered to the community now", "code": "SHARE_NOT_OFFERED"}


class HomePageFull(Refusal):
    status = 409
    body = {
        "error": f"The home page shows {MAX_FEATURED} already: take one off it first",
        "code": "HOME_PAGE_FULL",
    }


def feature_share(*, share: CommunityShare) -> None:
    """Show it on the home page, in the first free place; where it is there already, it stays."""
    taken = CommunityShare.objects.filter(featured_place__isnull=False)
    places = set(range(1, MAX_FEATURED + 1)) - set(taken.values_list("featured_place", flat=True))
    if not any(put(share, place) for place in sorted(places)):
        refuse_unless_featured(share)


def put(share: CommunityShare, place: int) -> bool:
    free = CommunityShare.objects.open().filter(MAY_BE_FEATURED, pk=share.pk, featured_place=None)
    try:
        with transaction.atomic():
            return bool(free.update(featured_place=place))
    except IntegrityError:  # the place was taken in the meantime
        return False


def refuse_unless_featured(share: CommunityShare) -> None:
    share = CommunityShare.objects.get(pk=share.pk)
    if share.featured_place:
        return
    if share.hidden_at:
        raise FeaturedIsHidden
    if not share.is_open:
        raise FeaturedNotOffered
    if not share.allow_featuring:
        raise FeaturingNotAllowed
    raise HomePageFull


def unfeature_share(*, share: CommunityShare) -> None:
    CommunityShare.objects.filter(pk=share.pk).update(featured_place=None)


def featured_items() -> SessionQuerySet:
    """The snapshots that the home page shows, in its order."""
    shares = CommunityShare.objects.featured().order_by()
    snapshots = Session.objects.filter(shown_by__in=shares)
    snapshots = snapshots.select_related("cover", "shown_by__session__owner")
    return snapshots.order_by("shown_by__featured_place")


def featured_item(*, community_session_id: int) -> Session:
    """With its `slides`."""
    return whole_item(featured_items().filter(shown_by=community_session_id).all)
