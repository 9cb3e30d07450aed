from collections.abc import Iterator
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


class InvalidFields(Refusal):
    """Bad input: what is wrong with which field, by the API's names; the documented 400.

    Problems may be nested as the input is; `media.0.caption` then names a field.
    """

    status = 400

    def __init__(self, problems: dict):
        fields = dict(by_path(problems))
        name, (problem, *_) = next(iter(fields.items()))
        required = getattr(problem, "code", None) == "required"
        sentence = f"{name} is required" if required else f"{name}: {problem}"
        self.body = {
            "error": "Validation Error",
            "message": f"Validation failed: {sentence}",
            "fields": fields,
        }

    def __str__(self) -> str:
        return self.body["message"]


def by_path(problems: dict | list, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(problems, list) and all(isinstance(problem, str) for problem in problems):
        if problems:
            yield path, problems
        return
    parts = problems.items() if isinstance(problems, dict) else enumerate(problems)
    for name, inner in parts:
        yield from by_path(inner if inner else [], f"{path}.{name}" if path else str(name))
