"""The small picture of a session on a page, with its size, so that nothing moves as it loads."""

from typing import NamedTuple

from joip.media.addresses import Window
from joip.media.renditions import SMALL_SIDE, fitted_size
from sessions.media_serializers import first_slide, thumbnail_of
from sessions.models import Session, SessionMedia

# A grid's rows are filled by proportion. Styles may not stand in the page itself, so the
# stylesheet has a class for each tenth between these.
NARROWEST, WIDEST = 5, 25
UNKNOWN_SIZE = (640, 480)  # of most external pictures


class Picture(NamedTuple):
    address: str | None  # None: of an external video
    width: int
    height: int
    placeholder: str

    @property
    def proportion(self) -> str:
        tenths = round(10 * self.width / self.height)
        return f"ratio-{min(max(tenths, NARROWEST), WIDEST)}"


def picture_of(slide: SessionMedia | None, window: Window) -> Picture:
    if slide is None:
        return Picture(None, *UNKNOWN_SIZE, "")
    size = UNKNOWN_SIZE
    if slide.width and slide.height:
        size = fitted_size(slide.width, slide.height, SMALL_SIDE)
    return Picture(thumbnail_of(slide, window), *size, slide.placeholder)


def stored_cover_of(session: Session, window: Window) -> Picture:
    """For pages that everybody sees: none that lies elsewhere, where its host would learn who
    looks at the page.
    """
    slide = first_slide(session)
    return picture_of(None if slide and slide.external_url else slide, window)


def cover_of(session: Session, window: Window) -> Picture:
    """Of a snapshot, or of a session `as_shown()`."""
    return picture_of(first_slide(session), window)
