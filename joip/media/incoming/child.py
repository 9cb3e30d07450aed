"""The process that reads incoming files: `python -m joip.media.incoming.child`.

It takes the names of folders, a line each, and forks for each of them. What there is to read is
`source` in the folder; what is made of it is written there, and `answer.json`. Then it prints the
fork's exit code.

Files are hostile until they are read. Whatever a decoder does with one, it does it in the fork:
with little memory and time, without Django and without the secrets of the server.
"""

import errno
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.incoming_file import IncomingFile
from joip.media.incoming.kinds import kind_of

MAX_MEMORY_BYTES = 215 * 2**20  # libraries are mapped files and come on top: up to 30 MB
MAX_CPU_SECONDS = 60
MAX_SECONDS = 180  # also if the server is gone, and nobody waits for the answer
MAX_WRITTEN_BYTES = 400 * 2**20
TOO_MUCH = "It takes too much memory to read. Make it smaller."


def main() -> None:
    load_once_for_all_forks()
    for line in sys.stdin.buffer:
        folder = Path(os.fsdecode(line.rstrip(b"\n")))
        pid = os.fork()
        if not pid:
            read_in_fork(folder)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def load_once_for_all_forks() -> None:
    from PIL import Image

    import joip.media.incoming.pictures  # noqa: F401  # for its libraries

    Image.init()


def read_in_fork(folder: Path) -> NoReturn:
    limit_resources()
    (folder / "answer.json").write_text(json.dumps(answer(folder)))
    os._exit(0)


def limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITTEN_BYTES, MAX_WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(MAX_SECONDS)


def answer(folder: Path) -> dict[str, Any]:
    try:
        return {"file": as_json(read(folder))}
    except BadFile as why:
        return {"bad_file": str(why)}
    except MemoryError:
        return {"bad_file": TOO_MUCH}
    except Exception as error:
        code = getattr(error, "errno", None)
        if code in (errno.ENOSPC, errno.EDQUOT):
            return {"errno": code}
        if code == errno.ENOMEM:
            return {"bad_file": TOO_MUCH}
        return {"fault": traceback.format_exc()}


def read(folder: Path) -> IncomingFile:
    """Only what the kind needs is loaded: FFmpeg takes 0.1 s, and memory."""
    source = folder / "source"
    with source.open("rb") as file:
        kind = kind_of(file)
    if kind in ("mp4", "matroska"):
        from joip.media.incoming.videos import read_video

        return read_video(source, kind, folder)
    from joip.media.incoming.pictures import read_picture, use_own_limits

    use_own_limits()
    if kind == "heic":
        from joip.media.incoming.heic import to_jpeg

        converted = folder / "converted"
        to_jpeg(source, converted)
        source.unlink()
        converted.rename(source)
        kind = "jpeg"
    return read_picture(source, kind, folder)


def as_json(file: IncomingFile) -> dict[str, Any]:
    return {
        name: os.fspath(value) if isinstance(value, Path) else value
        for name, value in file._asdict().items()
    }


if __name__ == "__main__":
    main()
