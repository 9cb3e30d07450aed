from typing import Any


class Refusal(Exception):
    """A deed declined for a reason the caller may know. Unless it says otherwise, nothing changed.

    `status` is the HTTP status and `body` the JSON that answer it. Subclasses
    live beside the deed that raises them.
    """

    status: int
    body: dict[str, Any]

    def __str__(self) -> str:
        return self.body.get("error") or self.body["message"]
