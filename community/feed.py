"""What is shared with the community, page by page: whole editions of open shares."""

from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser

from community.models import CommunityShare
from community.search import found_by, of_subreddit
from credits.pricing import SESSION_CREATE, FeaturePricingMissing, PremiumOnly, price_for
from sessions.claims import FAILED
from sessions.locks import SessionNotFound
from sessions.models import COMMUNITY, Session

# Each ends in a unique field, and has an index; "top" are the most saved.
ORDERINGS = {
    "new": ["-shared_at", "-id"],
    "top": ["-save_count", "-id"],
    "hot": ["-hot", "-id"],
}
MOST_ITEMS = 10_000  # counted and shown; who wants more of them searches


class FeedPage(NamedTuple):
    items: list[Session]
    total: int
    is_capped: bool


def feed_page(
    *,
    viewer: AbstractUser,
    sort: str,
    page: int,
    page_size: int,
    search: str = "",
    creator_id: int | None = None,
    **filters,
) -> FeedPage:
    """The items of a page as `viewer` sees them, and how many there are, up to MOST_ITEMS.

    Pages count from 1; one behind the last is empty. `filters` are those of `editions`.
    """
    shares = CommunityShare.objects.offered().with_edition(editions(search, **filters))
    if creator_id:
        shares = shares.filter(session__owner=creator_id)
    first, end = (page - 1) * page_size, min(page * page_size, MOST_ITEMS)
    total = shares.values("pk")[: MOST_ITEMS + 1].count()
    # The ids alone: what an item shows is not worked out for those that are passed over.
    ids = list(shares.order_by(*ORDERINGS[sort]).values_list("pk", flat=True)[first:end])
    return FeedPage(items_of(ids, viewer), min(total, MOST_ITEMS), total > MOST_ITEMS)


def editions(search: str, *, subreddit: str = "", **fields):
    found = Session.objects.whole_editions().filter(**fields)
    if search:
        found = found_by(found, search)
    return of_subreddit(found, subreddit) if subreddit else found


def feed_item(*, community_session_id: int, viewer: AbstractUser) -> Session:
    """One item, as `viewer` sees it. Raises SessionNotFound (404)."""
    shares = CommunityShare.objects.open_to(viewer).filter(pk=community_session_id)
    items = items_of(list(shares.values_list("pk", flat=True)), viewer)
    if not items:
        raise SessionNotFound
    return items[0]


def items_of(share_ids: Sequence[int], viewer: AbstractUser) -> list[Session]:
    """The whole editions of these shares in this order, with all that an item shows.

    A share that was withdrawn a moment ago is left out.
    """
    found = Session.objects.whole_editions().filter(snapshot_of__community_share__in=share_ids)
    found = found.select_related("category", "snapshot_of__owner", "snapshot_of__community_share")
    items = {}
    for item in found.with_first_slide().with_media_counts():
        item.share = item.snapshot_of.community_share
        items[item.share.pk] = item
    saves, cost = saves_by(viewer, items), cost_for(viewer)
    for pk, item in items.items():
        item.saved_session_id = saves.get(pk)
        item.is_mine = item.snapshot_of.owner_id == viewer.pk
        item.save_cost = 0 if pk in saves else cost if item.share.allow_saves else None
    return [items[pk] for pk in share_ids if pk in items]


def saves_by(user: AbstractUser, share_ids) -> dict[int, int]:
    """The person's copies of these shares; a failed one is none, as saving it again helps."""
    copies = Session.objects.owned_by(user).saved_from(*share_ids).exclude(media_status=FAILED)
    return {
        int(import_url.removeprefix(f"{COMMUNITY}:")): pk
        for import_url, pk in copies.values_list("import_url", "pk")
    }


def cost_for(user: AbstractUser) -> int | None:
    """What a save costs this person now, in credits; None where it is not for them."""
    try:
        return price_for(user=user, feature_key=SESSION_CREATE)
    except (FeaturePricingMissing, PremiumOnly):
        return None
