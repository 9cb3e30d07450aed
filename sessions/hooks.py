"""What this app announces to the apps above it, which it knows nothing of.

`community.apps` registers the functions that are called. They run at once, in the transaction of
the change, while the sessions concerned are locked.
"""

from collections.abc import Callable
from typing import Any


class Hook:
    def __init__(self) -> None:
        self.calls: list[Callable[..., None]] = []

    def register(self, call: Callable[..., None]) -> None:
        self.calls.append(call)

    def __call__(self, *what: Any) -> None:
        for call in self.calls:
            call(*what)


# (original_id) To be called by whatever finishes or retires snapshots, after it did; by nothing
# else.
snapshots_changed = Hook()

# (session_id) The owner has made a public session private.
made_private = Hook()

# (undone, deleted) Two lists of sessions. `undone` are saves that count no more: their copies have
# failed, or cost nothing and are deleted. `deleted` are about to go, with all that refers to them.
saves_end = Hook()
