"""Where uploads stand until they are stored: folders below `incoming/` in DATA_DIR.

Each is named for its process, so that what a killed process left can be told from what is in use.
Used by the web server's settings too: no Django in here.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def incoming_folder(data_dir: Path) -> Path:
    folder = data_dir / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def temporary_folder(data_dir: Path) -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=incoming_folder(data_dir))
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(data_dir: Path) -> None:
    """The folders of processes that have ended."""
    for folder in incoming_folder(data_dir).iterdir():
        pid, _, _ = folder.name.partition("-")
        if not (pid.isdigit() and is_running(int(pid))):
            shutil.rmtree(folder, ignore_errors=True)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
