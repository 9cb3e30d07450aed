"""The renditions of slides: where they are stored, and which of them exist.

A slide's `rendition` is a UUID that names both objects. They are immutable, and every copy of the
slide names the same. A UUID comes into a row by the upload that has just stored its objects, by
`make_renditions`, or by copying a row of a session that the same transaction holds. So once no
committed row names it, none ever will.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from joip.media.renditions import LARGE_SIDE, SMALL_SIDE, fitted_size
from sessions.models import SessionMedia

KEY_PREFIX = "renditions/"
KEY = re.compile(rf"{KEY_PREFIX}([0-9a-f-]{{36}})/(?:small|large)\.webp")
CONTENT_TYPE = "image/webp"

SIDES = {"small": SMALL_SIDE, "large": LARGE_SIDE}


class Rendition(NamedTuple):
    key: str
    width: int
    height: int


def renditions_of(slide: SessionMedia) -> dict[str, Rendition]:
    """By name. Of a slide that has renditions, there is always a small one."""
    if slide.rendition is None or slide.width is None or slide.height is None:
        return {}
    largest = max(slide.width, slide.height)
    names = SIDES if largest > LARGE_SIDE else ["small"]
    return {
        name: Rendition(
            rendition_key(slide.rendition, name),
            *fitted_size(slide.width, slide.height, SIDES[name]),
        )
        for name in names
    }


def rendition_key(rendition: UUID, name: str) -> str:
    return f"{KEY_PREFIX}{rendition}/{name}.webp"


def unnamed_renditions(keys: Iterable[str]) -> list[str]:
    """Those of these keys of renditions that belong to no slide."""
    by_key = {key: UUID(found[1]) for key in keys if (found := KEY.fullmatch(key))}
    slides = SessionMedia.objects.filter(rendition__in=set(by_key.values()))
    named = set(slides.values_list("rendition", flat=True))
    return [key for key, rendition in by_key.items() if rendition not in named]
