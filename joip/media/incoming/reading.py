"""Reads what people send: what it is, whether it can be shown, and a copy that tells no more."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, BinaryIO

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.incoming_file import IncomingFile

logger = logging.getLogger(__name__)

# A child may take 250 MB. Others wait for their turn, each in the thread of its request.
MAX_CHILDREN = 2
children = BoundedSemaphore(MAX_CHILDREN)
MAX_SECONDS = 120
MAX_FILE_BYTES = 100 * 2**20  # documented as 100 MB
CHILD = "joip.media.incoming.child"
ROOT = Path(__file__).parents[3]
# The child needs to find its libraries, and none of the server's secrets.
PASSED_ON = ["PATH", "LD_LIBRARY_PATH", "LANG", "TZ", "SYSTEMROOT", "VIRTUAL_ENV"]

UNREADABLE = "The file cannot be read: it is damaged, or too large to be read. Export it again."
TOO_SLOW = "The file takes too long to read. Make it smaller or shorter."


def read_file(source: BinaryIO, *, folder: Path) -> IncomingFile:
    """The file as it is to be stored, with renditions, in a new folder inside of `folder`.

    Raises BadFile, and OSError where the disk is full. On failure nothing is left.
    """
    own = Path(tempfile.mkdtemp(prefix="incoming-", dir=folder))
    try:
        copied = own / "source"
        with copied.open("wb") as target:
            copy_within_limit(source, target)
        with children:
            answer = answer_of_child(own)
        copied.unlink()
        return file_in(answer)
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise


def copy_within_limit(source: BinaryIO, target: BinaryIO) -> None:
    source.seek(0)
    size = 0
    while block := source.read(2**16):
        size += len(block)
        if size > MAX_FILE_BYTES:
            raise BadFile(f"A file may have {MAX_FILE_BYTES // 2**20} MB at most.")
        target.write(block)


def answer_of_child(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", CHILD, os.fspath(folder.resolve())]
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # No core file, no memory for arenas of threads that it does not have.
    environment = passed_on | {"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - only the path of our own folder is passed
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise BadFile(TOO_SLOW) from None
    if done.returncode == -signal.SIGXCPU:
        raise BadFile(TOO_SLOW)
    if done.returncode:
        logger.warning("Reading a file ended with code %s", done.returncode)
        raise BadFile(UNREADABLE)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def file_in(answer: dict[str, Any]) -> IncomingFile:
    if "bad_file" in answer:
        raise BadFile(answer["bad_file"])
    if "errno" in answer:
        raise OSError(answer["errno"], os.strerror(answer["errno"]))
    if "fault" in answer:
        logger.warning("Reading a file failed: %s", answer["fault"])
        raise BadFile(UNREADABLE)
    read = IncomingFile(**answer["file"])
    large = Path(read.large) if read.large else None
    return read._replace(path=Path(read.path), small=Path(read.small), large=large)
