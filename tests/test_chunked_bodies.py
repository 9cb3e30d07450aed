"""Bodies that are sent in chunks, without a Content-Length, are read like any other."""

import json
import socket
from contextlib import suppress
from http.client import HTTPConnection

import pytest
from django.core.exceptions import BadRequest
from django.test import RequestFactory

from joip.api.chunked_bodies import ChunkedBody
from joip.wsgi import application
from sessions.models import Session
from tests.factories import make_session, picture, set_price
from tests.web_server import Server

MIB = 2**20
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=edge"}


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        server = Server()
    yield server
    server.kill()


@pytest.fixture
def ask(server, author, client):
    """Send a body in chunks, as the author: the status and JSON of the answer."""

    def ask(path, chunks, headers, **more):
        cookie = {"Cookie": f"session={client.cookies['session'].value}"}
        asking = HTTPConnection("127.0.0.1", server.port, timeout=60)
        with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before the end
            asking.request(
                "POST", path, iter(chunks), cookie | headers, encode_chunked=True, **more
            )
        answer = asking.getresponse()
        body = json.loads(answer.read())
        asking.close()
        return answer.status, body

    client.force_login(author)
    return ask


@pytest.fixture
def media(author):
    return f"/api/sessions/{make_session(author, slides=0).pk}/media"


def form(*files, caption="Fjord"):
    """A form, in pieces of 1,000 bytes."""
    parts = [f'name="captions"\r\n\r\n{caption}'.encode()]
    parts += [b'name="files"; filename="a.jpg"\r\n\r\n' + file for file in files]
    head = b"--edge\r\nContent-Disposition: form-data; "
    body = b"".join(head + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return [body[start : start + 1000] for start in range(0, len(body), 1000)]


def test_a_file_becomes_a_slide(ask, media):
    large = picture(1) + bytes(3 * MIB)  # more than a body without files may have
    status, body = ask(media, form(large), FORM)
    assert (status, [slide["caption"] for slide in body]) == (201, ["Fjord"])
    assert Session.objects.get().media.get().size == len(picture(1))


def test_json_is_read(ask):
    set_price(0)
    status, body = ask("/api/sessions", [b'{"title": ', b'"Fjords in June"}'], JSON)
    assert (status, body["title"]) == (201, "Fjords in June")


def test_nothing_in_no_chunks_is_an_empty_body(ask):
    status, body = ask("/api/sessions", [], JSON)
    assert (status, body["fields"]) == (400, {"title": ["This field is required."]})


def test_json_has_the_limit_that_it_has_with_a_length(ask):
    chunks = [b'{"title": "', *[b"a" * MIB] * 3, b'"}']
    assert ask("/api/sessions", chunks, JSON) == (
        413,
        {"message": "The request body is too large", "code": "BODY_TOO_LARGE"},
    )


def test_a_form_has_the_limits_that_it_has_with_a_length(ask, media):
    assert ask(media, form(picture(1), caption="a" * 3 * MIB), FORM)[0] == 413
    status, body = ask(media, form(picture(1) + bytes(101 * MIB)), FORM)
    assert (status, body["fields"]) == (400, {"files.0": ["Larger than 100 MB."]})


def test_a_stranger_is_refused_before_a_long_form_is_read(server, media):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as stranger:
        head = [f"POST {media} HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked"]
        head += [f"{name}: {value}" for name, value in FORM.items()]
        stranger.sendall("\r\n".join([*head, "", "900000", "--edge"]).encode() + bytes(3 * MIB))
        assert stranger.recv(1000).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("headers", [JSON, FORM], ids=["json", "form"])
def test_broken_chunks_are_400(server, ask, media, client, headers):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as author:
        head = [f"POST {media} HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked"]
        head += [f"Cookie: session={client.cookies['session'].value}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        author.sendall("\r\n".join([*head, "", "5", "--edg", "no number", ""]).encode())
        answer = author.recv(1000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/json" in answer


def test_a_server_that_cannot_tell_where_a_body_ends_refuses_it():
    request = RequestFactory(headers={"Transfer-Encoding": "chunked"}).post("/api/sessions")
    environ = {name: value for name, value in request.environ.items() if name != "CONTENT_LENGTH"}
    began = []
    body = b"".join(application(environ, lambda *answer: began.append(answer)))
    assert began[0][0] == "411 Length Required"
    assert "Content-Length is required" in json.loads(body)["message"]


def test_a_client_that_goes_away_is_no_error_of_the_server():
    class Gone:
        def readline(self, size):
            raise OSError

    with pytest.raises(BadRequest):
        ChunkedBody(Gone()).readline(1)
