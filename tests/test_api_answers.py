"""Everything under /api/ answers JSON, whatever goes wrong."""

import json
import sqlite3
from contextlib import closing

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from credits.models import FeaturePricing
from joip.wsgi import application

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[False, True], ids=["", "DEBUG"], autouse=True)
def _debug(request, settings):
    settings.DEBUG = request.param


def login(client, body, **more):
    return client.post("/api/auth/login", body, content_type="application/json", **more)


def test_an_unknown_path_is_404(client):
    for path in ("/api/", "/api/nothing", "/api/auth/login/", "/api/community/1"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (
            404,
            {"message": "Not Found", "code": "NOT_FOUND"},
        ), path


def test_another_method_is_405(client):
    answer = client.get("/api/auth/login")
    assert (answer.status_code, answer.json()) == (
        405,
        {"message": 'Method "GET" not allowed.', "code": "METHOD_NOT_ALLOWED"},
    )


@pytest.mark.parametrize("accept", ["text/html", "image/*", "junk", ""])
def test_json_comes_whatever_was_hoped_for(client, accept):
    answer = client.get("/api/auth/user", headers={"accept": accept})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_the_docs_are_only_for_reading(client):
    assert client.get("/api/docs")["Content-Type"].startswith("text/html")
    assert client.options("/api/docs").status_code == 405


def test_a_bad_host_is_400(client):
    answer = client.get("/api/auth/user", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "Bad Request", "code": "BAD_REQUEST"},
    )


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"username": NaN}', b"[" * 100_000, b"1" * 5000, b"nul\x00"]
)
def test_a_broken_body_is_400(client, body):
    answer = login(client, body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("JSON parse error")


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"'])
def test_a_body_that_is_no_object_is_400(client, body):
    answer = login(client, body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation Error"


def test_an_oversized_body_is_413(client, settings):
    body = json.dumps({"username": "a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    answer = login(client, body)
    assert (answer.status_code, answer.json()) == (
        413,
        {"message": "The request body is too large", "code": "BODY_TOO_LARGE"},
    )


def test_a_form_is_no_json_body():
    answer = Client().post("/api/auth/login", {"username": "a", "password": "b"})
    assert answer.status_code == 415
    assert answer.json()["message"].startswith("Unsupported media type")


@pytest.mark.parametrize("name", ["nul\x00", "\ud800", "a" * 151, "", None, [], {}, True])
def test_a_senseless_field_is_400_and_named(client, name):
    answer = login(client, json.dumps({"username": name, "password": "b"}))
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation Error"
    assert answer.json()["message"].startswith("Validation failed: username")
    assert list(answer.json()["fields"]) == ["username"]


def broken(*args, **kwargs):
    raise RuntimeError("a fault")


def test_an_exception_is_500(saver, share, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(saver)
    monkeypatch.setattr(FeaturePricing.objects, "filter", broken)
    answer = client.post(f"/api/community/sessions/{share.pk}/save")
    assert (answer.status_code, answer.json()) == (
        500,
        {"message": "Internal Server Error", "code": "INTERNAL_SERVER_ERROR"},
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite locks the whole file")
def test_a_database_that_stays_locked_is_503(client, saver, share, monkeypatch):
    client.force_login(saver)
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        connection.close()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
        answer = client.post(f"/api/community/sessions/{share.pk}/save")
    connection.close()
    assert answer.status_code == 503
    assert answer.json()["code"] == "DATABASE_BUSY"
    assert not saver.library.exists()


def test_pages_outside_the_api_stay_html(client):
    assert client.get("/nothing")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/sessions/abc", "/api/sessions/0", "/api/sessions/007"])
def test_an_ill_formed_session_id_is_400(client, saver, path):
    client.force_login(saver)
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid session ID"})


@pytest.mark.parametrize(
    "charset", ["charset=zlib", "charset=punycode", "charset*=utf-8''a%00b", "charset*=junk''x"]
)
def test_no_charset_keeps_a_request_from_being_answered(transactional_db, charset):
    answers = []
    body = b'{"username": "ines"}'
    environ = RequestFactory().generic("POST", "/api/auth/login", body).environ | {
        "CONTENT_TYPE": f"application/json; {charset}"
    }
    content = b"".join(application(environ, lambda status, headers: answers.append(status)))
    assert answers == ["400 Bad Request"]
    assert json.loads(content)["fields"] == {"password": ["This field is required."]}
