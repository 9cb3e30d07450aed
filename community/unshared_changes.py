"""What an author has changed of a session since it was shared last."""

from collections import Counter
from collections.abc import Hashable
from typing import Any, NamedTuple

from sessions.models import Session, SessionMedia

COMPARED = ["title", "category_id", "interval_min", "interval_max", "transition"]
SLIDE_FIELDS = ["rendition", "external_url", "size", "caption", "is_thumbnail"]


class UnsharedChanges(NamedTuple):
    """`fields` are those of the session; the numbers are of slides."""

    added: int
    removed: int
    captioned: int
    is_reordered: bool
    has_other_cover: bool
    fields: list[str]


def unshared_changes(session: Session, snapshot: Session) -> UnsharedChanges:
    ours, theirs = (list(one.media.only(*SLIDE_FIELDS, "session")) for one in (session, snapshot))
    count, shared = Counter(map(same, ours)), Counter(map(same, theirs))
    both = count & shared
    captions = {same(slide): slide.caption for slide in theirs}
    return UnsharedChanges(
        added=(count - shared).total(),
        removed=(shared - count).total(),
        captioned=sum(captions.get(same(slide), slide.caption) != slide.caption for slide in ours),
        is_reordered=kept(ours, both) != kept(theirs, both),
        has_other_cover=cover_of(ours) != cover_of(theirs),
        fields=[name for name in COMPARED if getattr(session, name) != getattr(snapshot, name)],
    )


def same(slide: SessionMedia) -> Hashable:
    """Equal for a slide and its copies, which share their renditions."""
    return slide.rendition or slide.external_url or slide.size


def kept(slides: list[SessionMedia], both: Counter[Any]) -> list[Hashable]:
    return [same(slide) for slide in slides if same(slide) in both]


def cover_of(slides: list[SessionMedia]) -> Hashable:
    return next((same(slide) for slide in slides if slide.is_thumbnail), None)
