"""When a media address begins and stops being good, and how long browsers keep what it shows.

All addresses that are given out within a window are signed with the same two times, and are
therefore equal: whoever asks, and however often, so that browsers keep what they have. A window
is half of MEDIA_URL_SECONDS. Whenever an address is given out, it is good for at least that half,
and for no longer than MEDIA_URL_SECONDS.
"""

import time
from datetime import UTC, datetime
from math import floor
from typing import NamedTuple

from django.conf import settings

# An object never changes, and its address stays the same for a while only: a browser may keep it
# as long as it likes. Caches that several people share may not: whoever knows the address could
# read it there, also when the address has expired.
CACHE_CONTROL = "private, max-age=31536000, immutable"
# An address counts as signed at least this long before it is given out: a store whose clock is
# behind ours by less than this does not find it signed in the future.
MAX_CLOCK_DIFFERENCE_SECONDS = 300


class Window(NamedTuple):
    """The times that the addresses of a window are signed with, in seconds since 1970."""

    start: int
    end: int  # when they stop being good

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.end, UTC)


def window_at(now: float) -> Window:
    # Whole seconds, as signatures have them: an odd MEDIA_URL_SECONDS is halved downwards.
    length = settings.MEDIA_URL_SECONDS // 2
    start = floor(now - MAX_CLOCK_DIFFERENCE_SECONDS) // length * length
    return Window(start, start + settings.MEDIA_URL_SECONDS + MAX_CLOCK_DIFFERENCE_SECONDS)


def current_window() -> Window:
    return window_at(time.time())
