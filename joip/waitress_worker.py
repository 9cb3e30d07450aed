"""gunicorn's worker class: gunicorn keeps the processes, waitress the connections of each.

One thread of a process receives requests and sends answers. The others run Django, and get a
request when it is there whole, so a client that sends or reads slowly occupies none of them. Only
of a long body, an upload, they read the rest themselves, when a view has decided that it wants it.
"""

import io
import json
import os
import re
import resource
import select
import socket
import time
from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.db import close_old_connections
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import RequestEntityTooLarge

REQUEST_SECONDS = 300  # until a request is there whole, however its bytes trickle
LINGER_SECONDS = 5  # what the client still sends is read so long after the answer
MAX_CONNECTIONS = 1000
MAX_OPEN_FILES = 4 * MAX_CONNECTIONS
# Longer bodies are received by the view that takes them. Not below Django's limit on bodies without
# files (DATA_UPLOAD_MAX_MEMORY_SIZE), up to which any view may read.
MAX_BUFFERED_BYTES = 2**20 * 5 // 2 + 2**16
TAKES_LONG_BODIES = re.compile(r"/api/|/library/[0-9]+/media$")  # the API, and uploads on pages
MAX_BYTES_IN_MEMORY = 2**16  # of a body; what is longer stands in a nameless temporary file


class WaitressWorker(Worker):
    def run(self):
        raise_limit_on_files()
        (listener,) = self.sockets
        self.server = Server(
            self.wsgi,
            listener.sock,
            threads=self.cfg.threads,
            idle_seconds=self.cfg.keepalive,
        )
        while self.alive and os.getppid() == self.ppid:
            self.turn()
        self.server.accepting = False
        end = time.monotonic() + self.cfg.graceful_timeout
        while self.server.is_busy() and time.monotonic() < end:
            self.turn()

    def turn(self):
        self.notify()
        wasyncore.loop(timeout=1, use_poll=True, map=self.server._map, count=1)

    def handle_exit(self, sig, frame):
        super().handle_exit(sig, frame)
        self.server.pull_trigger()  # ends the turn


def raise_limit_on_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < MAX_OPEN_FILES:
        wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Request(HTTPRequestParser):
    is_long = False  # it is handed on before its body has ended

    def __init__(self, adj):
        super().__init__(adj)
        self.began = time.time()

    def received(self, data):
        consumed = super().received(data)
        length = max(self.content_length, self.body_bytes_received)
        if self.headers_finished and not self.completed and length > MAX_BUFFERED_BYTES:
            consumed += self.body_rcv.received(data[consumed:])
            self.expect_continue = False  # `LongBody` says it
            self.completed = True
            # These views decide before they read. Elsewhere Django reads forms before it asks any
            # view, and no form is long.
            if TAKES_LONG_BODIES.match(self.path):
                self.is_long = True
            else:
                self.error = RequestEntityTooLarge("")
        return consumed


class LongBody(io.RawIOBase):
    """The body of a request as it comes, read by the thread that answers the request.

    The other thread leaves the connection alone until the request is answered.
    """

    def __init__(self, channel, request):
        self.socket = channel.socket
        self.seconds = channel.adj.channel_timeout
        self.receiver = request.body_rcv
        if request.headers.get("EXPECT", "").lower() == "100-continue":
            self.say_continue = lambda: channel.write_soon(b"HTTP/1.1 100 Continue\r\n\r\n")
        else:
            self.say_continue = None

    def readable(self):
        return True

    def readinto(self, target):
        if self.say_continue:
            self.say_continue()
            self.say_continue = None
        while not self.receiver.completed and not len(self.receiver):
            self.receive()
        data = self.receiver.buf.get(len(target), skip=True)
        target[: len(data)] = data
        return len(data)

    def receive(self):
        self.receiver.buf.close()  # it has been read
        self.receiver.buf = OverflowableBuffer(MAX_BYTES_IN_MEMORY)
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        try:
            data = self.socket.recv(2**16) if waiting.poll(self.seconds * 1000) else b""
        except OSError:
            data = b""
        self.receiver.received(data)
        endless = len(getattr(self.receiver, "control_line", "")) > MAX_BYTES_IN_MEMORY
        if not data or self.receiver.error or endless:
            raise BadRequest("The request body is broken or incomplete")


class Task(WSGITask):
    def get_environment(self):
        environ = super().get_environment()
        if self.request.is_long:
            self.set_close_on_finish()  # a part of the body may be left unread
            environ["wsgi.input"] = io.BufferedReader(LongBody(self.channel, self.request))
            if self.request.chunked:
                environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        return environ

    def service(self):
        try:
            super().service()
        finally:
            # Django does it when a response is closed: for files, in the other thread.
            close_old_connections()


class JSONErrorTask(ErrorTask):
    def execute(self):
        error = self.request.error
        told = {"message": error.reason, "code": HTTPStatus(error.code).name}
        body = json.dumps(told).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    parser_class = Request
    task_class = Task
    error_task_class = JSONErrorTask
    lingers_until = None

    def handle_close(self):
        if self.lingers_until or self.total_outbufs_len or not self.will_close:
            super().handle_close()
            return
        # Closed at once, a connection on which the client still sends would be reset, and the
        # client would lose the answer.
        self.will_close = False
        self.lingers_until = time.time() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()

    def received(self, data):
        return not self.lingers_until and super().received(data)

    def is_overdue(self, now):
        if self.lingers_until:
            return now > self.lingers_until
        if self.request and now > self.request.began + REQUEST_SECONDS:
            return True
        waits_for_client = self.total_outbufs_len or not self.requests
        return waits_for_client and now > self.last_activity + self.adj.channel_timeout


class Server(TcpWSGIServer):
    channel_class = Channel

    def __init__(self, application, listener, *, threads, idle_seconds):
        adjustments = Adjustments(
            threads=threads,
            channel_timeout=idle_seconds,
            connection_limit=MAX_CONNECTIONS,
            cleanup_interval=1,
            recv_bytes=2**16,
            inbuf_overflow=MAX_BYTES_IN_MEMORY,
            max_request_header_size=2**15,  # an id of 5,000 digits reaches the API
            max_request_body_size=2**63,  # views have limits of their own
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides what is believed
            asyncore_use_poll=True,
        )
        sockinfo = listener.family, listener.type, listener.proto, listener.getsockname()
        super().__init__(
            application, _sock=listener, adj=adjustments, sockinfo=sockinfo, bind_socket=False
        )

    def is_busy(self):
        channels = self.active_channels.values()
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def maintenance(self, now):
        for channel in self.active_channels.values():
            if channel.is_overdue(now):
                channel.will_close = True
