"""The processes that read incoming files: each file in a fork of its own.

Starting Python and loading the libraries takes 0.3 s, a fork a few milliseconds. So a reader
(`joip.media.incoming.child`) is started once, when it is first needed, and forks for each file.
"""

import atexit
import json
import logging
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from typing import IO, Any, cast

from joip.media.incoming.bad_file import BadFile

logger = logging.getLogger(__name__)

# A file may take 250 MB to read. Others wait for their turn, each in the thread of its request.
MAX_READERS = 2
MAX_SECONDS = 120
MODULE = "joip.media.incoming.child"
ROOT = Path(__file__).parents[3]
# A reader needs to find its libraries, and none of the server's secrets.
PASSED_ON = ["PATH", "LD_LIBRARY_PATH", "LANG", "VIRTUAL_ENV"]

UNREADABLE = "The file cannot be read: it is damaged, or too large to be read. Export it again."
TOO_SLOW = "The file takes too long to read. Make it smaller or shorter."


def answer_of_reader(folder: Path) -> dict[str, Any]:
    """What became of `source` in this folder. Raises BadFile if reading it was stopped."""
    with taken_reader() as reader:
        code = reader.read(folder.resolve())
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        raise BadFile(TOO_SLOW)
    if code:
        logger.warning("Reading a file ended with code %s", code)
        raise BadFile(UNREADABLE)
    written = folder / "answer.json"
    answer: dict[str, Any] = json.loads(written.read_bytes())
    written.unlink()
    return answer


class Reader:
    def __init__(self) -> None:
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.process = subprocess.Popen(  # noqa: S603 - a module of our own, without arguments
            [sys.executable, "-m", MODULE],
            cwd=ROOT,
            # No memory for arenas of threads that it does not have.
            env=passed_on | {"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # to be killed with its forks; a Ctrl-C is for the server
        )

    def read(self, folder: Path) -> int:
        """The exit code of the fork that read the file. A reader that failed is killed."""
        try:
            return self.ask(os.fsencode(folder))
        except BadFile:
            self.kill()
            raise

    def ask(self, folder: bytes) -> int:
        questions = cast("IO[bytes]", self.process.stdin)
        answers = cast("IO[bytes]", self.process.stdout)
        try:
            questions.write(folder + b"\n")
            questions.flush()
            has_answered, _, _ = select.select([answers], [], [], MAX_SECONDS)
            line = answers.readline() if has_answered else b""
        except OSError:  # it has ended
            raise BadFile(UNREADABLE) from None
        if not line:
            raise BadFile(UNREADABLE if has_answered else TOO_SLOW)
        return int(line)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(OSError):  # what was written to it is lost
            self.process.communicate()


_readers: LifoQueue[Reader | None] = LifoQueue()  # None: not started yet


def forget_readers() -> None:
    global _readers
    _readers = LifoQueue()
    for _ in range(MAX_READERS):
        _readers.put(None)


def stop_readers() -> None:
    """Those that are not taken. The next file starts new ones."""
    for reader in list(_readers.queue):
        if reader:
            reader.kill()
    forget_readers()


forget_readers()
os.register_at_fork(after_in_child=forget_readers)  # processes must not share their pipes
atexit.register(stop_readers)


@contextmanager
def taken_reader() -> Iterator[Reader]:
    readers = _readers
    reader = readers.get()
    try:
        if reader and reader.process.poll() is not None:
            reader.kill()
            reader = None
        reader = reader or Reader()
        yield reader
    finally:
        readers.put(reader)
