"""How long a backup or a restore goes on asking a store that fails."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from joip.media.copy_errors import CopyError, SourceMissing, StoreUnavailable
from joip.media.store_problems import store_problems

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 4.0


def patiently(bucket: str, ask: Callable[[], Answer]) -> Answer:
    """Ask the store again while it fails, for COPY_PATIENCE_SECONDS. Raises SourceMissing,
    StoreProblem, or the CopyError that the store is not to blame for.
    """
    end = time.monotonic() + settings.COPY_PATIENCE_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except SourceMissing:
            raise
        except CopyError as error:
            is_over = time.monotonic() + pause > end
            if is_over or not isinstance(error, StoreUnavailable):
                with store_problems(bucket):
                    raise
        time.sleep(pause)
        pause = min(2 * pause, MAX_PAUSE_SECONDS)
