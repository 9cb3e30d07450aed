"""What is shared with the community, page by page: the editions that open shares show."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet, Subquery

from community.models import CommunityShare, SearchEntry
from credits.pricing import SESSION_CREATE, FeaturePricingMissing, PremiumOnly, price_for
from sessions.claims import FAILED
from sessions.locks import SessionNotFound
from sessions.models import Category, Session

# Each ends in a unique field, and has an index; "top" are the most saved.
ORDERINGS = {
    "new": ["-shared_at", "-id"],
    "top": ["-save_count", "-id"],
    "hot": ["-hot", "-id"],
}
MOST_ITEMS = 10_000  # counted and shown; who wants more of them searches
MOST_LOOKS = 3  # at an item that is shared again at the same moment


class FeedPage(NamedTuple):
    items: list[Session]
    total: int
    is_capped: bool


def feed_page(*, viewer: AbstractUser, sort: str, page: int, page_size: int, **filters) -> FeedPage:
    """The items of a page as `viewer` sees them, and how many there are, up to MOST_ITEMS.

    Pages count from 1; one behind the last is empty. `filters` are those of `find`.
    """
    ids = find(**filters).order_by(*ORDERINGS[sort]).values_list("pk", flat=True)
    if filters.get("search") or filters.get("subreddit"):
        # All at once: asked for a page alone, PostgreSQL would hope to come upon it along the
        # feed, and read a million entries where a rare word is looked for.
        ids = list(ids[: MOST_ITEMS + 1])
        total = len(ids)
    else:
        total = ids[: MOST_ITEMS + 1].count()  # along an index, as the page itself
    first, end = (page - 1) * page_size, min(page * page_size, MOST_ITEMS)
    items = items_of(list(ids[first:end]), viewer)
    return FeedPage(items, min(total, MOST_ITEMS), is_capped=total > MOST_ITEMS)


def find(
    *,
    search: str = "",
    subreddit: str = "",
    creator_id: int | None = None,
    category_id: int | None = None,
    category_slug: str = "",
) -> QuerySet:
    """The open shares that fit all of these."""
    shares = CommunityShare.objects.open()
    if search:
        shares = shares.filter(edition__in=SearchEntry.objects.with_words(search).values("pk"))
    if subreddit:
        entries = SearchEntry.objects.of_subreddit(subreddit)
        shares = shares.filter(edition__in=entries.values("pk"))
    if creator_id:
        shares = shares.filter(session__owner=creator_id)
    if category_id:
        shares = shares.filter(category=category_id)
    if category_slug:
        named = Category.objects.filter(slug=category_slug)
        shares = shares.filter(category=Subquery(named.values("pk")))  # looked up once
    return shares


def feed_item(*, community_session_id: int, viewer: AbstractUser) -> Session:
    """One item as `viewer` sees it, and its `slides`. Raises SessionNotFound (404)."""
    for _ in range(MOST_LOOKS):
        visible = CommunityShare.objects.open_to(viewer).filter(pk=community_session_id)
        items = items_of(list(visible.values_list("pk", flat=True)), viewer)
        for item in items:
            item.slides = list(item.media.all())
            if len(item.slides) == item.media_count:
                return item  # else it was shared again in between, and the edition went
    raise SessionNotFound


def items_of(share_ids: Sequence[int], viewer: AbstractUser) -> list[Session]:
    """The editions that these shares show, in this order, with all that an item says.

    A share that was withdrawn a moment ago is left out.
    """
    editions = Session.objects.filter(shown_by__in=share_ids)
    editions = editions.select_related("category", "shown_by__session__owner")
    items = {item.shown_by.pk: item for item in editions.with_first_slide().with_media_counts()}
    copies, price = copies_by(viewer, items), price_of_saving(viewer)
    for pk, item in items.items():
        copy = copies.get(pk)
        is_saved = copy is not None and copy.media_status != FAILED
        item.is_mine = item.shown_by.session.owner_id == viewer.pk
        item.saved_session_id = copy.pk if is_saved else None
        if is_saved:
            item.save_cost = 0
        elif not (item.shown_by.is_open and item.shown_by.allow_saves) or price is None:
            item.save_cost = None
        else:
            item.save_cost = 0 if copy and copy.charge_waived else price
    return [items[pk] for pk in share_ids if pk in items]


def copies_by(user: AbstractUser, share_ids: Iterable[int]) -> dict[int, Session]:
    """What the person saved of these shares, also what failed."""
    copies = Session.objects.owned_by(user).saved_from(*share_ids)
    return {copy.saved_from_id: copy for copy in copies}


def price_of_saving(user: AbstractUser) -> int | None:
    """What a save costs this person now, in credits; None where it is not for them."""
    try:
        return price_for(user=user, feature_key=SESSION_CREATE)
    except (FeaturePricingMissing, PremiumOnly):
        return None
