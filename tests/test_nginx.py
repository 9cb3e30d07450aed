"""Debian's nginx, with the project's own configuration, in front of the server."""

import shutil
import socket
import ssl
import subprocess
import sys
from http.client import HTTPSConnection

import pytest
from django.conf import settings
from django.test import Client

from joip.media.addresses import current_window
from tests.factories import make_person, make_session
from tests.servers import free_port, wait_for_port
from tests.web_server import Server

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = [
    pytest.mark.backend_free,
    pytest.mark.skipif(not shutil.which(NGINX), reason="no nginx here: apt-get install nginx"),
]
NAME = "slides.example.org"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With a certificate for NAME."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "logs").mkdir()
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
            *["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
            *["-keyout", "privkey.pem", "-out", "fullchain.pem"],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def configured(folder, *, port, server):
    """The example with other ports and paths."""
    text = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{server}"),
        ("/etc/letsencrypt/live/slides.example.org", str(folder)),
        ("/srv/joip/data/media/", f"{settings.DATA_DIR}/media/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"""
        daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;
        events {{ worker_connections 512; }}
        http {{ access_log off; {temporary} {text} }}
    """
    (folder / "nginx.conf").write_text(whole)


@pytest.fixture
def port(folder, transactional_db):
    port = free_port()
    server = Server(
        HTTPS="true", TRUSTED_PROXIES="1", ALLOWED_HOSTS=NAME, MEDIA_ACCEL_PREFIX="/protected/"
    )
    configured(folder, port=port, server=server.port)
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    if sys.platform == "linux":
        command += ["-g", "user root;"]  # the folder of a test is that of its user alone
    proxy = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_for_port(port)
    yield port
    proxy.terminate()
    proxy.wait()
    server.kill()


@pytest.fixture
def ask(port, folder):
    """Status, headers and body of an answer over TLS."""
    context = ssl.create_default_context(cafile=folder / "fullchain.pem")

    def ask(method, path, body=None, **headers):
        asking = HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        asking.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", port), timeout=60), server_hostname=NAME
        )
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        asking.request(method, path, body, {"Host": f"{NAME}:{port}", **names})
        answer = asking.getresponse()
        content = answer.read()
        asking.close()
        return answer.status, answer.headers, content

    return ask


@pytest.fixture
def cookie():
    client = Client()
    client.force_login(make_person("author"))
    return f"session={client.cookies['session'].value}"


def test_a_browser_at_a_port_of_its_own_is_no_other_site(ask, port, cookie):
    told = {"Cookie": cookie, "Content_Type": "application/json"}
    body = b'{"title": "Fjords"}'
    origin = f"https://{NAME}:{port}"
    assert ask("POST", "/api/sessions", body, Origin=origin, **told)[0] == 201
    assert ask("POST", "/api/sessions", body, Origin="https://evil.example.org", **told)[0] == 403


def test_media_come_whole_and_in_ranges_for_signed_addresses_alone(ask):
    session = make_session(make_person("ines"))
    slide = session.media.first()
    address = slide.url_in(current_window())
    status, headers, whole = ask("GET", address)
    assert (status, headers["Content-Type"], len(whole)) == (200, "image/jpeg", slide.size)
    assert headers["Content-Security-Policy"].startswith("sandbox")
    status, headers, part = ask("GET", address, Range="bytes=5-9")
    assert (status, headers["Content-Range"]) == (206, f"bytes 5-9/{slide.size}")
    assert part == whole[5:10]
    for wrong in (address[:-3] + "abc", address.replace("/media/", "/protected/")):
        assert ask("GET", wrong)[0] == 404


def test_an_upload_of_100_mb_arrives_and_a_larger_one_is_refused_in_json(ask, cookie):
    author = make_session(make_person("ines")).owner
    client = Client()
    client.force_login(author)
    session = author.library.get()
    told = {
        "Cookie": f"session={client.cookies['session'].value}",
        "Content_Type": "multipart/form-data; boundary=x",
    }
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    path = f"/api/sessions/{session.pk}/media"
    status, _, content = ask("POST", path, head + bytes(100 * 2**20) + b"\r\n--x--\r\n", **told)
    assert status == 400
    assert b"files" in content
    status, headers, content = ask("POST", path, Content_Length=str(110 * 2**20), **told)
    assert (status, headers["Content-Type"]) == (413, "application/json")
    assert content == b'{"message": "The request body is too large"}'


def test_clients_that_stall_keep_nobody_waiting(ask, port, folder):
    context = ssl.create_default_context(cafile=folder / "fullchain.pem")
    stalled = []
    for _ in range(40):
        plain = socket.create_connection(("127.0.0.1", port))
        client = context.wrap_socket(plain, server_hostname=NAME)
        head = f"POST /api/auth/login HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 99\r\n\r\n"
        client.sendall(head.encode() + b"{")
        stalled.append(client)
    assert ask("GET", "/api/version")[0] == 200
    for client in stalled:
        client.close()


def test_what_machines_ask_is_not_for_strangers(ask):
    assert [ask("GET", path)[0] for path in ("/readyz", "/livez", "/metrics")] == [404] * 3
