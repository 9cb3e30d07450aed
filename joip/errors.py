"""What a refusal is: the error that becomes the answer of an endpoint, a page or a command."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

# An answer does not grow with junk in the input: it is cut to less than 10 kB.
MAX_FIELDS = 20
MAX_PROBLEMS = 5  # of a field
MAX_NAME_LENGTH = 100
MAX_TEXT_LENGTH = 300
MAX_JSON_LENGTH = 5000  # of all fields but the first


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
        fields = shortened(by_path(problems))
        name, (problem, *_) = next(iter(fields.items()))
        required = getattr(problem, "code", None) == "required"
        sentence = f"{name} is required" if required else f"{name}: {problem}"
        self.body = {
            "error": "Validation Error",
            "message": cut(f"Validation failed: {sentence}"),
            "fields": fields,
        }

    def __str__(self) -> str:
        return str(self.body["message"])


def shortened(fields: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for name, problems in islice(fields, MAX_FIELDS):
        field = {name[:MAX_NAME_LENGTH]: [cut(problem) for problem in problems[:MAX_PROBLEMS]]}
        if kept and len(json.dumps(kept | field)) > MAX_JSON_LENGTH:
            break
        kept |= field
    return kept


def cut(text: str) -> str:
    """Our own sentences are shorter; an error of a library may quote the input."""
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"


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
