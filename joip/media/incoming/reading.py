"""Reads what people send: what it is, whether it can be shown, and a copy that tells no more."""

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.incoming_file import IncomingFile
from joip.media.incoming.readers import UNREADABLE, answer_of_reader

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 100 * 2**20  # documented as 100 MB


def read_file(source: BinaryIO, *, folder: Path) -> IncomingFile:
    """The file as it is to be stored, with renditions, in a new folder inside of `folder`.

    Raises BadFile, and OSError where the disk is full. On failure nothing is left.
    """
    own = Path(tempfile.mkdtemp(prefix="incoming-", dir=folder))
    try:
        copied = own / "source"
        with copied.open("wb") as target:
            copy_within_limit(source, target)
        answer = answer_of_reader(own)
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
