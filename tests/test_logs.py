"""What stands in the logs of a server: lines for people, or JSON for machines."""

import json
import logging

import pytest

from joip.log_settings import json_formatter, line_formatter
from tests.factories import make_session


@pytest.fixture
def written(caplog, settings):
    """The lines of the access log, as a formatter writes them."""
    settings.ACCESS_LOG = True
    caplog.set_level(logging.INFO, logger="joip.access")

    def written(formatter=json_formatter):
        lines = [formatter().format(each) for each in caplog.records if each.name == "joip.access"]
        caplog.clear()
        return lines

    return written


def test_a_request_is_one_line_with_its_person_and_time(client, author, written):
    client.force_login(author)
    answer = client.get("/api/sessions?search=a%20secret")
    (line,) = written()
    told = json.loads(line)
    assert told.pop("seconds") < 60
    assert told.pop("timestamp").endswith("Z")
    assert told.pop("message").startswith("GET /api/sessions 200 ")
    assert told == {
        "level": "INFO",
        "logger": "joip.access",
        "method": "GET",
        "path": "/api/sessions",
        "status": 200,
        "person": author.pk,
    }
    assert len(answer.headers["X-Request-Id"]) == 32


def test_what_opens_something_stands_in_no_line(client, author, written):
    session = make_session(author)
    client.force_login(author)
    link = client.post(f"/api/sessions/{session.pk}/share").json()["shareUrl"]
    address = client.get(f"/api/sessions/{session.pk}").json()["media"][0]["mediaUrl"]
    written()
    client.get(link)
    code, signature = link.rpartition("/")[2], address.rpartition("=")[2]
    client.get(f"/api/shared/{code}")
    client.get(address).close()  # where media are in folders
    lines = "".join(written(line_formatter))
    assert "GET /shared/* 200" in lines
    assert code not in lines
    assert signature not in lines


@pytest.mark.django_db
def test_a_path_of_many_lines_is_one_line(client, written):
    client.get("/nowhere%0Aat 2026-01-01 CRITICAL all is lost")
    (line,) = written(line_formatter)
    assert "\n" not in line


@pytest.mark.django_db
def test_the_id_of_a_request_is_that_of_our_proxy_alone(client, settings):
    given = {"X-Request-Id": "from-the-proxy"}
    assert client.get("/api/version", headers=given).headers["X-Request-Id"] != "from-the-proxy"
    settings.TRUSTED_PROXIES = 1
    assert client.get("/api/version", headers=given).headers["X-Request-Id"] == "from-the-proxy"
    given = {"X-Request-Id": "two\tparts"}
    assert client.get("/api/version", headers=given).headers["X-Request-Id"] != "two\tparts"


@pytest.mark.backend_free
def test_an_error_keeps_its_traceback_in_both_formats():
    try:
        raise ValueError("a colour too many")
    except ValueError as error:
        about = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("joip", logging.ERROR, "", 1, "painting failed", (), about)
    told = json.loads(json_formatter().format(record))
    assert told["message"] == "painting failed"
    assert "ValueError: a colour too many" in told["exception"]
    first, *others = line_formatter().format(record).split("\n")
    assert first.endswith("ERROR joip painting failed")
    assert others[-1] == "ValueError: a colour too many"
