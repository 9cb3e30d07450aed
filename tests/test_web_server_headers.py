"""What a client, or a proxy that passes everything on, may say to the web server in headers."""

from http.client import HTTPConnection

import pytest

from tests.web_server import Server

FORGED = [
    {name: value}
    for name in ("SCRIPT_NAME", "Script-Name", "PATH_INFO", "FORCE_SCRIPT_NAME")
    for value in ("/evil", "/", "//evil.example.org")
]


@pytest.fixture
def ask(transactional_db):
    """A GET through a proxy with https: status, headers and text of the answer."""
    server = Server(HTTPS="true", TRUSTED_PROXIES="1")

    def ask(path, **headers):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", path, headers={"X-Forwarded-Proto": "https", **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    yield ask
    server.kill()


def test_addresses_do_not_begin_with_what_a_client_says(ask):
    for forged in FORGED:
        status, _, page = ask("/", **forged)
        assert (status, 'href="/accounts/signup/"' in page) == (200, True), forged
        status, headers, _ = ask("/admin/", **forged)
        assert (status, headers["Location"]) == (302, "/admin/login/?next=/admin/"), forged


def test_hsts_is_sent_by_those_alone_who_ask_for_it(ask):
    _, headers, _ = ask("/")
    assert "Strict-Transport-Security" not in headers
