"""What this app announces to the apps above it, which it knows nothing of.

`community.apps` registers the functions that are called. They run at once, in the transaction of
the change, while the session concerned is locked.
"""

from collections.abc import Callable
from typing import Any


class Hook:
    def __init__(self) -> None:
        self.calls: list[Callable[..., None]] = []

    def register(self, call: Callable[..., None]) -> None:
        self.calls.append(call)

    def __call__(self, **what: Any) -> None:
        for call in self.calls:
            call(**what)


# The owner has made a public session private. `session_id`
made_private = Hook()
