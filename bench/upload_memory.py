"""What a worker's memory is after many uploads: `python -m bench.upload_memory`.

With glibc's own number of arenas (8 for each core), and with the 2 that `make serve` allows.
"""

import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from PIL import Image

from bench.servers import buckets, database, start_servers

ROUNDS = 6
AT_ONCE = 8
PICTURES = 1  # in each upload
PIXELS = (8000, 5000)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start_servers()
    with database(), buckets():
        form = form_of(noise())
        size = len(form) / 2**20
        print(f"{ROUNDS} times {AT_ONCE} uploads of {size:.0f} MB at once, to one worker")
        rows = {arenas: measure(form, arenas) for arenas in ("", "2")}
    print(f"\n{'MALLOC_ARENA_MAX':<20}{'before':>10}{'after':>10}{'highest':>10}  MB")
    for arenas, (before, after, highest) in rows.items():
        print(f"{arenas or 'unset':<20}{before:>10}{after:>10}{highest:>10}")


def noise() -> bytes:
    """A JPEG of about 23 MB."""
    width, height = PIXELS
    jpeg = io.BytesIO()
    Image.frombytes("RGB", PIXELS, os.urandom(width * height * 3)).save(jpeg, "JPEG", quality=75)
    return jpeg.getvalue()


def form_of(picture: bytes) -> bytes:
    head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    return (head + picture + b"\r\n") * PICTURES + b"--edge--\r\n"


def measure(form: bytes, arenas: str) -> tuple[int, int, int]:
    from django.test import Client

    from tests.factories import make_person, make_session
    from tests.web_server import Server

    client = Client()
    person = make_person(f"uploader{arenas}")
    client.force_login(person)
    cookie = client.cookies["session"].value
    sessions = [make_session(person, slides=0).pk for _ in range(AT_ONCE)]
    malloc = {"MALLOC_ARENA_MAX": arenas} if arenas else {}
    server = Server(WEB_WORKERS="1", STORAGE_QUOTA_MB="1000000", **malloc)
    try:
        upload(server.port, cookie, sessions[0], form)  # what every worker loads once
        before, _ = memory(server.process.pid)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in range(ROUNDS):
                list(pool.map(lambda pk: upload(server.port, cookie, pk, form), sessions))
        return before, *memory(server.process.pid)
    finally:
        server.kill()


def upload(port: int, cookie: str, session: int, form: bytes) -> None:
    headers = {
        "Cookie": f"session={cookie}",
        "Content-Type": "multipart/form-data; boundary=edge",
    }
    with closing(HTTPConnection("127.0.0.1", port, timeout=600)) as asking:
        asking.request("POST", f"/api/sessions/{session}/media", form, headers)
        answer = asking.getresponse()
        if answer.status != 201:
            raise SystemExit(f"An upload was answered with {answer.status}: {answer.read()!r}")


def memory(server: int) -> tuple[int, int]:
    """The worker's memory now and its highest, in MB."""
    worker = Path(f"/proc/{server}/task/{server}/children").read_text().split()[0]
    status = Path(f"/proc/{worker}/status").read_text()
    kib = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if "kB" in line}
    return kib["VmRSS:"] // 1024, kib["VmHWM:"] // 1024


if __name__ == "__main__":
    main()
