"""Two megabytes of junk get a short answer, on every endpoint that reads a body."""

import json
import string

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.factories import make_person, make_session, make_share, set_price

SIZE = 1_900_000
SHORT = 10_000

SCHEMA = SchemaGenerator().get_schema(public=True)
READERS = [
    (method, path, content_type, content["schema"]["$ref"].rpartition("/")[2])
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
    for content_type, content in operation.get("requestBody", {}).get("content", {}).items()
]
JSON_READERS = [reader for reader in READERS if reader[2] == "application/json"]


def numbered(count):
    return {str(number): 0 for number in range(count)}


# What each field of a body is, or the whole body where there is no field.
JUNK = {
    "many fields": lambda fields: numbered(170_000),
    "long names": lambda fields: {letter * 70_000: 0 for letter in string.ascii_letters[:27]},
    "an emoji as a name": lambda fields: {"\U0001f600" * 150_000: 0},
    "long texts": lambda fields: dict.fromkeys(fields, "é" * (SIZE // 6 // len(fields))),
    "long emoji": lambda fields: dict.fromkeys(fields, "\U0001f600" * (SIZE // 12 // len(fields))),
    "long numbers": lambda fields: dict.fromkeys(fields, "9" * (SIZE // len(fields))),
    "long lists": lambda fields: dict.fromkeys(fields, ["x"] * (SIZE // 5 // len(fields))),
    "long lists of objects": lambda fields: dict.fromkeys(
        fields, [numbered(10)] * (SIZE // 80 // len(fields))
    ),
    "a hundred objects of junk": lambda fields: dict.fromkeys(
        fields, [numbered(1700 // len(fields))] * 100
    ),
    "long objects": lambda fields: dict.fromkeys(fields, numbered(150_000 // len(fields))),
    "a list": lambda fields: ["x"] * (SIZE // 5),
    "a text": lambda fields: "x" * SIZE,
}


@pytest.fixture
def client(transactional_db):
    """Somebody signed in, with a session and a share to ask about."""
    set_price(10)
    person = make_person("ines")
    client = Client()
    client.force_login(person)
    client.own = make_session(person, slides=1)
    client.share = make_share(make_person("author"), slides=1)
    return client


def ask(client, method, path, body, content_type):
    session = client.share if path.startswith("/api/community/") else client.own
    slide = client.own.media.get().pk
    address = path.replace("{id}", str(session.pk)).replace("{mediaId}", str(slide))
    return getattr(client, method)(address, body, content_type)


def check_short(answer, statuses=(400,)):
    assert answer.status_code in statuses, answer.content[:300]
    assert len(answer.content) < SHORT
    assert sum(len(name) + len(value) for name, value in answer.items()) < SHORT


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_gets_a_short_answer(client, junk):
    for method, path, content_type, schema in JSON_READERS:
        fields = SCHEMA["components"]["schemas"][schema]["properties"]
        body = json.dumps(junk(list(fields)))
        check_short(ask(client, method, path, body, content_type))


def test_every_way_to_send_a_body_is_among_those_asked():
    assert {content_type for _, _, content_type, _ in READERS} == {
        "application/json",
        "multipart/form-data",
    }
    assert len(JSON_READERS) >= 10


def test_ten_unknown_fields_are_named_and_names_are_cut(client):
    answer = client.post("/api/sessions", numbered(11) | {"a" * 200: 0}, "application/json")
    assert list(answer.json()["fields"]) == [str(number) for number in range(10)]
    answer = client.post("/api/sessions", {"a" * 200: 0}, "application/json")
    assert list(answer.json()["fields"]) == ["a" * 100]


def form(fields):
    """A multipart body of these names and values; its content type."""
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    return f"{parts}--x--\r\n", "multipart/form-data; boundary=x"


FORMS = {
    "many fields": [(number, "") for number in range(9000)],
    "long names": [(letter * 190_000, "") for letter in "abcdefghij"],
    "many captions": [("captions", "x" * 100)] * 9000,
    "long captions": [("captions", "x" * 20_000)] * 90,
    "texts as files": [("files", "x")] * 9000,
}


@pytest.mark.parametrize("fields", FORMS.values(), ids=FORMS)
def test_junk_in_a_form_gets_a_short_answer(client, fields):
    check_short(ask(client, "post", "/api/sessions/{id}/media", *form(fields)))


@pytest.mark.parametrize(
    "content_type",
    ["x" * SIZE, "text/" + "x" * SIZE, "multipart/form-data; boundary=" + "x" * SIZE],
)
def test_a_long_content_type_gets_a_short_answer(client, content_type):
    answer = ask(client, "post", "/api/sessions/{id}/media", "{}", content_type)
    check_short(answer, statuses=(400, 415))


@pytest.mark.parametrize(
    "query", ["&".join(map(str, range(900))), "x" * SIZE, "sort=" + "x" * SIZE]
)
@pytest.mark.parametrize("path", ["/api/sessions", "/api/community", "/api/credits/balance"])
def test_junk_in_a_query_gets_a_short_answer(client, path, query):
    check_short(client.get(path, QUERY_STRING=query))


def test_an_address_of_another_page_names_each_parameter_once(client):
    make_session(client.own.owner, slides=0)
    answer = client.get("/api/sessions", QUERY_STRING="&".join(["limit=1"] * 900))
    check_short(answer, statuses=(200,))
    assert answer["Link"].count("limit=1") == 1


def test_a_long_method_gets_a_short_answer(client):
    check_short(client.generic("X" * SIZE, "/api/sessions"), statuses=(405,))


@pytest.mark.parametrize("field", ["username", "password", "next", "x"])
def test_the_form_of_the_page_does_not_show_junk(client, field):
    body = {"username": "ines", "password": "a-guess", field: "/" * SIZE}
    check_short(Client().post("/accounts/login/", body), statuses=(413,))
