"""The process that reads a file: its limits, its failures, and what they leave."""

import errno
import io
import os
import signal
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from joip.media.incoming.bad_file import BadFile
from joip.media.incoming.readers import stop_readers, taken_reader
from joip.media.incoming.reading import file_in, read_file
from tests.made_media import encoded, exif, picture, video

pytestmark = pytest.mark.backend_free

CASES = Path(__file__).parent / "media_cases"
MB = 2**20


def read(content, folder):
    return read_file(io.BytesIO(content), folder=folder)


def test_what_is_stored_stands_in_the_folder_until_it_is_removed(tmp_path):
    file = read(encoded(picture(size=(3000, 20)), "PNG"), tmp_path)
    assert (file.media_type, file.content_type) == ("image", "image/png")
    names = {path.name for path in file.path.parent.iterdir()}
    assert names == {"stored.png", "small.webp", "large.webp"}
    assert file.path.parent.parent == tmp_path
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_heic_is_read(tmp_path):
    content = io.BytesIO()
    pillow_heif.from_pillow(picture(size=(300, 200))).save(content, exif=b"Exif\0\0" + exif(6))
    file = read(content.getvalue(), tmp_path)
    assert (file.content_type, file.width, file.height) == ("image/jpeg", 200, 300)
    assert b"Bryggen" not in file.path.read_bytes()


def test_a_video_is_read(tmp_path):
    file = read(video("mov"), tmp_path)
    assert (file.media_type, file.content_type, file.duration) == ("video", "video/mp4", 1.0)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("readers.MAX_SECONDS", 0.0001, "takes too long"),
        ("readers.MODULE", "joip.media.incoming.no_such_module", "cannot be read"),
        ("reading.MAX_FILE_BYTES", 1 * MB, "1 MB at most"),
    ],
)
def test_a_failure_is_told_and_leaves_nothing(name, value, why, tmp_path, monkeypatch):
    stop_readers()
    monkeypatch.setattr(f"joip.media.incoming.{name}", value)
    with pytest.raises(BadFile, match=why):
        read(encoded(picture(), "PNG") + bytes(MB), tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert read(encoded(picture(), "PNG"), tmp_path).content_type == "image/png"


def test_a_reader_that_was_killed_is_replaced(tmp_path):
    with taken_reader() as reader:
        os.kill(reader.process.pid, signal.SIGKILL)
    for _ in range(2):
        with suppress(BadFile):  # it may be noticed when it is asked
            read(encoded(picture(), "PNG"), tmp_path)
    assert read(encoded(picture(), "PNG"), tmp_path).content_type == "image/png"


def test_a_full_disk_is_no_bad_file():
    with pytest.raises(OSError, match="No space left") as full:
        file_in({"errno": errno.ENOSPC})
    assert full.value.errno == errno.ENOSPC


def test_at_most_two_are_read_at_once(tmp_path):
    with ThreadPoolExecutor(1) as pool, taken_reader():
        with taken_reader():
            waiting = pool.submit(read, encoded(picture(), "PNG"), tmp_path)
            time.sleep(0.3)
            assert not waiting.done()
        assert waiting.result().content_type == "image/png"


def flat_webp(side):
    """A few bytes that unfold: a lossless picture of one colour."""
    content = bytearray((CASES / "webp-88mp-38-bytes.webp").read_bytes())
    content[21:25] = struct.pack("<I", side - 1 | side - 1 << 14 | content[24] >> 4 << 28)
    return bytes(content)


def worst_files():
    """Just within the limits of their formats, and what phones record."""
    yield "jpeg", encoded(Image.new("RGB", (12000, 9000), "teal"), "JPEG")
    yield "png", encoded(Image.new("RGB", (6300, 6300), "teal"), "PNG", compress_level=1)
    yield "progressive", encoded(Image.new("RGB", (6900, 6900), "teal"), "JPEG", progressive=True)
    yield "webp", flat_webp(5900)


@pytest.fixture(scope="module")
def worst():
    return dict(worst_files())


@pytest.mark.parametrize("name", ["jpeg", "png", "progressive", "webp"])
def test_no_file_takes_more_than_250_mb(name, worst, tmp_path):
    with MemoryWatch() as memory:
        assert read(worst[name], tmp_path).large
    assert memory.rise < 250 * MB


def test_eight_at_once_take_less_than_600_mb(worst, tmp_path):
    refused = (CASES / "webp-88mp-38-bytes.webp").read_bytes()
    files = [*worst.values(), worst["webp"], refused, refused, refused]
    with MemoryWatch() as memory, ThreadPoolExecutor(8) as pool:
        done = [pool.submit(read, file, tmp_path) for file in files]
        assert [bool(one.exception()) for one in done] == [False] * 5 + [True] * 3
    assert memory.rise < 600 * MB


class MemoryWatch:
    """How much more memory this process and its children take at most, than before."""

    def __enter__(self):
        self.before = self.most = resident()
        self.is_over = threading.Event()
        self.watching = threading.Thread(target=self.watch)
        self.watching.start()
        return self

    def watch(self):
        while not self.is_over.wait(0.005):
            self.most = max(self.most, resident())

    def __exit__(self, *_):
        self.is_over.set()
        self.watching.join()

    @property
    def rise(self):
        return self.most - self.before


def resident():
    """Of this process and those that it reads files in."""
    own = os.getpid()
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(path.parent.name)] = int(fields[1]), int(fields[21])
    mine = {own}
    for _ in range(2):  # readers, and their forks
        mine |= {process for process, (parent, _) in parents.items() if parent in mine}
    return sum(parents[process][1] for process in mine) * os.sysconf("SC_PAGE_SIZE")
