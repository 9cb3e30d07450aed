"""The picture of a session on a page, with its size, so that nothing moves as it loads."""

from typing import NamedTuple

from joip.media.addresses import Window
from joip.media.renditions import SMALL_SIDE, fitted_size
from sessions.media_serializers import own_thumbnail, renditions_json, thumbnail_of, thumbnail_slide
from sessions.models import Session, SessionMedia

# A grid's rows are filled by proportion. Styles may not stand in the page itself, so the
# stylesheet has a class for each twentieth between these, in hundredths.
STEP, NARROWEST, WIDEST = 5, 50, 250
UNKNOWN_SIZE = (640, 480)  # of most external pictures


class Picture(NamedTuple):
    address: str | None  # None: of an external video
    width: int
    height: int
    placeholder: str
    large: str | None = None  # for windows in which the small one would be blurred
    large_width: int = 0

    @property
    def proportion(self) -> str:
        hundredths = STEP * round(100 / STEP * self.width / self.height)
        return f"ratio-{min(max(hundredths, NARROWEST), WIDEST)}"


def picture_of(slide: SessionMedia | None, window: Window) -> Picture:
    if slide is None:
        return Picture(None, *UNKNOWN_SIZE, "")
    size = UNKNOWN_SIZE
    if slide.width and slide.height:
        size = fitted_size(slide.width, slide.height, SMALL_SIDE)
    return Picture(thumbnail_of(slide, window), *size, slide.placeholder)


def hero_of(slide: SessionMedia | None, window: Window) -> Picture:
    """Large on its page. Without a large rendition, the slide itself is no larger than that."""
    picture = picture_of(slide, window)
    if slide is None or slide.external_url:
        return picture  # one address is all there is
    if large := (renditions_json(slide, window) or {}).get("large"):
        return picture._replace(large=large["url"], large_width=large["width"])
    return picture._replace(large=own_thumbnail(slide, window), large_width=slide.width or 0)


def stored_cover_of(session: Session, window: Window) -> Picture:
    """For pages that everybody sees: none that lies elsewhere, where its host would learn who
    looks at the page.
    """
    slide = thumbnail_slide(session)
    return picture_of(None if slide and slide.external_url else slide, window)


def cover_of(session: Session, window: Window) -> Picture:
    """Of a snapshot, or of a session `as_shown()`."""
    return picture_of(thumbnail_slide(session), window)
