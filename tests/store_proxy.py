"""A proxy before an S3 server that delays, refuses, breaks off, and counts.

Its endpoint has the path of the server's own, such as Supabase's /storage/v1/s3: a signature holds
for one path. It also holds for one Host header, which is passed on as it comes: the server has to
answer to the proxy's.

`python -m tests.store_proxy UPSTREAM PORT DELAY` runs one as a process of its own.
"""

import http.client
import itertools
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from tests.threads import elsewhere


class Request(NamedTuple):
    method: str
    path: str
    copy_source: str | None
    copy_range: str | None
    content_type: str | None
    is_signed: bool
    size: int  # of the body

    @property
    def is_copy(self):
        return self.copy_source is not None


class StoreProxy:
    """Forwards to `upstream`, after whatever its rules say.

    A rule is a function of a Request that returns None to let it pass, a status
    or a (status, headers, body) to answer with, "reset" to break the connection off,
    or "hang" to never answer. `delay` is in seconds, before every copy.
    """

    def __init__(self, upstream, port=0, delay=0.0):
        self.upstream = urlsplit(upstream)
        self.delay = delay
        self.raw_copies_by = None  # a client of the upstream: copy sources are then not decoded
        self.rules = []
        self.requests = []
        self.faults_of_the_store = 0  # rclone answers a rare copy with 500 by itself
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler_for(self))
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_port}{self.upstream.path}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self):
        """For the next test that shares it."""
        self.delay = 0
        self.rules.clear()
        self.forget()

    def forget(self):
        """What it was asked so far, and what the store itself failed in."""
        self.requests.clear()
        self.faults_of_the_store = 0

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def copies(self):
        return [request for request in self.requests if request.is_copy]

    def fail_copies(self, outcome, *, key="", times=10**9, after=0):
        """Answer copies of sources that match `key` so, `times` times, from number `after` on."""
        seen = 0
        lock = threading.Lock()

        def rule(request):
            nonlocal seen
            if not (request.is_copy and re.search(key, request.copy_source)):
                return None
            with lock:
                seen += 1
                return outcome if after < seen <= after + times else None

        self.rules.append(rule)

    def refuse_uploads(self, outcome=403, *, after=0):
        """Answer uploads so, from number `after` on."""
        seen = itertools.count()

        def rule(request):
            uploads = request.method == "PUT" and not request.is_copy
            return outcome if uploads and next(seen) >= after else None

        self.rules.append(rule)

    def in_mid_copy(self, deed):
        """Do it once, in a thread of the store's, when the next copy is asked for.

        Returns an event that is set when it is done.
        """
        begun, done = threading.Lock(), threading.Event()

        @elsewhere
        def rule(request):
            if request.is_copy and begun.acquire(blocking=False):
                deed()
                done.set()

        self.rules.append(rule)
        return done


def handler_for(proxy):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            request = Request(
                self.command,
                self.path,
                self.headers.get("x-amz-copy-source"),
                self.headers.get("x-amz-copy-source-range"),
                self.headers.get("Content-Type"),
                "Authorization" in self.headers or "X-Amz-Signature=" in self.path,
                length,
            )
            proxy.requests.append(request)
            if request.is_copy and proxy.delay:
                time.sleep(proxy.delay)
            outcome = next(filter(None, (rule(request) for rule in proxy.rules)), None)
            if outcome is None:
                self.forward(body)
            elif outcome == "hang":
                proxy.closing.wait()
                self.close_connection = True
            elif outcome == "reset":
                self.close_connection = True
                self.connection.close()
            elif isinstance(outcome, int):
                self.answer(outcome, {}, b"")
            else:
                self.answer(*outcome)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

        def forward(self, body):
            source = self.headers.get("x-amz-copy-source")
            if source and proxy.raw_copies_by:
                return self.answer(*self.copy_raw(source))
            try:
                answer = self.ask_upstream(body, dict(self.headers.items()))
            except ConnectionError:  # the store has hung up, and so does the proxy
                self.close_connection = True
                return None
            kept = {
                name: value
                for name, value in answer.getheaders()
                if name.lower() not in ("transfer-encoding", "connection", "content-length")
            }
            content = answer.read()
            proxy.faults_of_the_store += answer.status >= 500
            if self.command == "HEAD":
                kept["Content-Length"] = answer.getheader("Content-Length", "0")
            return self.answer(answer.status, kept, content)

        def copy_raw(self, source):
            """Copy like a store that takes the source as it stands."""
            bucket, _, key = source.lstrip("/").partition("/")
            target = unquote(self.path.removeprefix(proxy.upstream.path))
            to_bucket, _, to_key = target.lstrip("/").partition("/")
            try:
                proxy.raw_copies_by.copy_object(
                    CopySource={"Bucket": bucket, "Key": key}, Bucket=to_bucket, Key=to_key
                )
            except ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"], {}, b""
            return 200, {}, b"<CopyObjectResult><ETag>x</ETag></CopyObjectResult>"

        def ask_upstream(self, body, headers):
            if not hasattr(self, "upstream"):
                secure = proxy.upstream.scheme == "https"
                connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
                self.upstream = connect(proxy.upstream.netloc)
            self.upstream.request(self.command, self.path, body, headers)
            return self.upstream.getresponse()

        def answer(self, status, headers, body):
            self.send_response_only(status, "as told")
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return Handler


if __name__ == "__main__":
    upstream, port, delay = sys.argv[1:]
    StoreProxy(upstream, int(port), float(delay))
    threading.Event().wait()
