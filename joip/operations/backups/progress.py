"""Progress bars, which commands show and deeds know nothing of."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Like tqdm: `desc` and `unit` are texts, `total` is a number."""

    def __call__(self, items: Iterable[Item], **options: Any) -> Iterable[Item]: ...


def silently(items: Iterable[Item], **options: Any) -> Iterable[Item]:
    return items
