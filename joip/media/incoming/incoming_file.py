import shutil
from pathlib import Path
from typing import NamedTuple


class IncomingFile(NamedTuple):
    """A file as it is to be stored, what is known about it, and its renditions."""

    path: Path
    content_type: str
    size: int
    width: int  # upright, as browsers show it
    height: int
    duration: float | None  # in seconds, of a video
    placeholder: str
    small: Path
    large: Path | None

    @property
    def media_type(self) -> str:
        return self.content_type.partition("/")[0]

    def remove(self) -> None:
        """The files stand in a folder of their own."""
        shutil.rmtree(self.path.parent)
