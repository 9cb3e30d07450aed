"""Names of files that every system can write, made of what people typed."""

import regex

from sessions.models import Session, SessionMedia
from sessions.stored_objects import safe_suffix

MAX_BYTES = 100  # of the part that somebody typed; systems allow 255 in all
NOT_IN_NAMES = regex.compile(r'[<>:"/\\|?*\p{C}\p{Zl}\p{Zp}]+')


def session_folder(session: Session) -> str:
    return f"sessions/{named(str(session.pk), session.title)}"


def media_name(slide: SessionMedia, number: int) -> str:
    return f"{named(f'{number:03}', slide.caption)}{safe_suffix(slide.key)}"


def named(number: str, text: str) -> str:
    """The number keeps names apart, and from being those of devices or of other folders."""
    words = NOT_IN_NAMES.sub(" ", text).encode()[:MAX_BYTES].decode(errors="ignore")
    return f"{number} {' '.join(words.split())}".rstrip(" .")
