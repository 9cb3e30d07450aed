"""The feed: pages of snapshots that open shares show, and one item with its slides."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Subquery

from community.models import CommunityShare, CommunityShareQuerySet, SearchEntry
from community.ranking import ORDERINGS
from credits.pricing import SESSION_CREATE, FeaturePricingMissing, PremiumOnly, price_for
from joip.users.models import User
from sessions.categories import Category
from sessions.copying import FAILED
from sessions.models import Session
from sessions.ownership import SessionNotFound

MAX_ITEMS = 1000  # counted and shown; more are found by searching
MAX_ATTEMPTS = 3  # to read an item that is being shared again at the same moment


class FeedPage(NamedTuple):
    items: list[Session]
    total: int
    is_capped: bool


def feed_page(*, viewer: User, sort: str, page: int, page_size: int, **filters: Any) -> FeedPage:
    """The items of a page as `viewer` sees them, and how many there are, up to MAX_ITEMS.

    Pages count from 1; a page after the last is empty. `filters` are those of `find`.
    """
    found = find(**filters).order_by(*ORDERINGS[sort]).values_list("pk", flat=True)
    first, end = (page - 1) * page_size, min(page * page_size, MAX_ITEMS)
    if filters.get("search") or filters.get("subreddit"):
        # All ids at once: for a page alone, PostgreSQL walks the feed in its order until it has
        # met enough matches, and reads a million entries where a word is rare.
        ids = list(found[: MAX_ITEMS + 1])
        total, ids = len(ids), ids[first:end]
    else:
        total = found[: MAX_ITEMS + 1].count()  # along an index, like the page itself
        ids = list(found[first:end])
    items = items_of(ids, viewer)
    return FeedPage(items, min(total, MAX_ITEMS), is_capped=total > MAX_ITEMS)


def find(
    *,
    search: str = "",
    subreddit: str = "",
    creator_id: int | None = None,
    category_id: int | None = None,
    category_slug: str = "",
) -> CommunityShareQuerySet:
    shares = CommunityShare.objects.open()
    if search:
        shares = shares.filter(snapshot__in=SearchEntry.objects.with_words(search).values("pk"))
    if subreddit:
        entries = SearchEntry.objects.of_subreddit(subreddit)
        shares = shares.filter(snapshot__in=entries.values("pk"))
    if creator_id:
        shares = shares.filter(session__owner=creator_id)
    if category_id:
        shares = shares.filter(category=category_id)
    if category_slug:
        named = Category.objects.filter(slug=category_slug)
        shares = shares.filter(category=Subquery(named.values("pk")))  # evaluated once
    return shares


def feed_item(*, community_session_id: int, viewer: User) -> Session:
    visible = CommunityShare.objects.open_to(viewer).filter(pk=community_session_id)
    return whole_item(lambda: items_of(list(visible.values_list("pk", flat=True)), viewer))


def whole_item(read: Callable[[], Iterable[Session]]) -> Session:
    """The one item that is read, with its `slides`."""
    for _ in range(MAX_ATTEMPTS):
        for item in read():
            item.slides = list(item.media.all())
            if len(item.slides) == item.slide_count:
                return item  # otherwise it was shared again in between
    raise SessionNotFound


def items_of(share_ids: Sequence[int], viewer: User) -> list[Session]:
    """The snapshots that these shares show, in this order, with what `FeedItemSerializer` needs.

    A share that was withdrawn a moment ago is left out.
    """
    snapshots = Session.objects.filter(shown_by__in=share_ids)
    snapshots = snapshots.select_related("category", "cover", "shown_by__session__owner")
    items = {item.shown_by.pk: item for item in snapshots}
    copies, price = copies_by(viewer, items), price_of_saving(viewer)
    for pk, item in items.items():
        copy = copies.get(pk)
        is_saved = copy is not None and copy.media_status != FAILED
        item.is_mine = item.shown_by.session.owner_id == viewer.pk
        item.saved_session_id = copy.pk if copy and is_saved else None
        if is_saved:
            item.save_cost = 0
        elif not (item.shown_by.is_open and item.shown_by.allow_saves) or price is None:
            item.save_cost = None
        else:
            item.save_cost = 0 if copy and copy.charge_waived else price
    return [items[pk] for pk in share_ids if pk in items]


def copies_by(user: User, share_ids: Iterable[int]) -> dict[int, Session]:
    """What the person saved of these shares, also what failed."""
    copies = Session.objects.owned_by(user).saved_from(*share_ids)
    return {copy.saved_from_id: copy for copy in copies}  # type: ignore[misc]  # all are saves


def price_of_saving(user: User) -> int | None:
    """What a save costs this person now, in credits; None where it is not for them."""
    try:
        return price_for(user=user, feature_key=SESSION_CREATE)
    except (FeaturePricingMissing, PremiumOnly):
        return None
