from collections.abc import Iterator
from typing import Any


class Refusal(Exception):
    """Why a deed was declined. Nothing has changed, unless the subclass says otherwise.

    `status` is the HTTP status and `body` the JSON of the answer. Subclasses stand beside the
    deed that raises them.
    """

    status: int
    body: dict[str, Any]
    retry_after: int | None = None  # seconds, for the header Retry-After

    def __str__(self) -> str:
        return str(self.body.get("error") or self.body["message"])


class InvalidFields(Refusal):
    """What is wrong with which field of the input, by the API's names.

    Problems may be nested like the input; a field is then named by its path: `media.0.caption`.
    """

    status = 400

    def __init__(self, problems: dict[str, Any]):
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
        return str(self.body["message"])


def by_path(
    problems: dict[Any, Any] | list[Any], path: str = ""
) -> Iterator[tuple[str, list[str]]]:
    if isinstance(problems, list) and all(isinstance(problem, str) for problem in problems):
        if problems:
            yield path, problems
        return
    parts = problems.items() if isinstance(problems, dict) else enumerate(problems)
    for name, inner in parts:
        yield from by_path(inner if inner else [], f"{path}.{name}" if path else str(name))
