"""Clients that stall, in the middle of a request or of an answer, keep nobody else waiting."""

import socket
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tests.web_server import Server

pytestmark = [pytest.mark.backend_free, pytest.mark.kills]

HEAD = b"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
HALF_REQUESTS = [
    b"",
    b"GET /api/comm",
    HEAD,
    HEAD + b"Content-Length: 1000\r\n\r\n{",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
]
# Answered or refused at once; the clients do not look.
LONG_BODIES = [
    b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 9000000\r\n\r\n--x" % path
    for path in (b"/api/sessions/1/media", b"/admin/login/")
]


@pytest.fixture
def server(transactional_db):
    with ExitStack() as stack:

        def serve(*options):
            server = Server(*options)
            stack.callback(server.kill)
            assert get(server, "/", timeout=30) == 200  # it has started
            return server

        yield serve


@pytest.fixture
def stalled():
    """Send this much on a new connection, and no more."""
    with ExitStack() as stack:

        def stalled(server, sent):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", server.port))
            client.sendall(sent)
            return client

        yield stalled


def get(server, path, timeout=5):
    asking = HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    asking.request("GET", path)
    status = asking.getresponse().status
    asking.close()
    return status


def film():
    """The address of an answer that does not fit into the buffers of a connection."""
    storages["general"].save("community/1/film.mp4", ContentFile(bytes(40 * 2**20)))
    return storages["general"].url("community/1/film.mp4").encode()


@pytest.mark.parametrize("more", [b"", b"Range: bytes=1-\r\n"])
def test_others_are_answered_while_200_clients_do_not_read_their_answers(server, stalled, more):
    server = server()
    request = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n" % (film(), more)
    for _ in range(200):
        assert stalled(server, request).recv(9) == b"HTTP/1.1 "
    assert [get(server, "/") for _ in range(20)] == [200] * 20


def test_others_are_answered_while_200_clients_have_sent_half_a_request(server, stalled):
    server = server()
    clients = [stalled(server, half) for half in HALF_REQUESTS for _ in range(40)]
    for _ in range(20):
        for client in clients[80:]:
            client.sendall(b"1")
        assert get(server, "/") == 200


def test_others_are_answered_while_200_clients_have_begun_a_long_body(server, stalled):
    server = server()
    _clients = [stalled(server, begun) for begun in LONG_BODIES for _ in range(100)]
    assert [get(server, "/") for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("half", HALF_REQUESTS)
def test_a_client_that_stalls_is_dropped(server, stalled, half):
    assert stalled(server("--keep-alive", "1"), half).recv(1) == b""
