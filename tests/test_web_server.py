"""What the web server itself answers, before and beside Django."""

import json
import socket
from http.client import HTTPResponse

import pytest

from tests.factories import make_session
from tests.web_server import Server

pytestmark = pytest.mark.backend_free

LONG = 3 * 2**20  # more than the server keeps of a body before anybody has asked for it


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        server = Server()
    yield server
    server.kill()


@pytest.fixture
def send(server):
    """Send these lines of a request, and then this: the answer and its body."""

    def send(*lines, then=b""):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall("\r\n".join([*lines, "Host: 127.0.0.1", "", ""]).encode() + then)
            answer = HTTPResponse(client)
            answer.begin()
            return answer, answer.read()

    return send


def test_a_client_cannot_move_the_service_to_another_path(send):
    answer, _ = send("GET /admin/ HTTP/1.1", "SCRIPT_NAME: /other", "Script-Name: /other")
    assert answer.headers["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /api/sessions"],
        ["GET /api/sessions HTTP/1.1", "no colon"],
        ["POST /api/sessions HTTP/1.1", "Content-Length: many"],
        ["GET /api/sessions HTTP/1.1", "Cookie: " + "a" * 40_000],
    ],
)
def test_what_is_no_request_is_refused_in_json(send, lines):
    answer, body = send(*lines)
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.status, json.loads(body)) in [
        (400, {"message": "Bad Request", "code": "BAD_REQUEST"}),
        (401, {"message": "Unauthorized"}),
        (
            431,
            {
                "message": "Request Header Fields Too Large",
                "code": "REQUEST_HEADER_FIELDS_TOO_LARGE",
            },
        ),
    ]


@pytest.mark.parametrize("sent", [0, LONG])
def test_a_stranger_is_refused_before_a_long_body_is_read(send, transactional_db, sent):
    form = "Content-Type: multipart/form-data; boundary=edge"
    head = ["POST /api/sessions/1/media HTTP/1.1", form, f"Content-Length: {10 * LONG}"]
    answer, body = send(*head, "Expect: 100-continue", then=bytes(sent))
    assert (answer.status, json.loads(body)) == (401, {"message": "Unauthorized"})
    assert answer.headers["Connection"] == "close"


def test_a_page_takes_no_long_form(send):
    form = "Content-Type: multipart/form-data; boundary=edge"
    answer, _ = send("POST /admin/login/ HTTP/1.1", form, f"Content-Length: {LONG}")
    assert answer.status == 413


def test_a_person_is_asked_for_a_long_body_when_it_is_wanted(server, author, client):
    client.force_login(author)
    session = make_session(author, slides=0)
    head = [
        f"POST /api/sessions/{session.pk}/media HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: session={client.cookies['session'].value}",
        "Content-Type: multipart/form-data; boundary=edge",
        f"Content-Length: {LONG}",
        "Expect: 100-continue",
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as person:
        person.sendall("\r\n".join([*head, "", ""]).encode())
        assert person.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        person.sendall(bytes(LONG))
        assert person.recv(1000).startswith(b"HTTP/1.1 400 ")
