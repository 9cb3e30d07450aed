"""The API's schema: current, valid, and it names every route, every refusal and the contract."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.contrib.admindocs.views import simplify_regex
from django.core.management import call_command
from django.urls import URLResolver, get_resolver

WRITTEN = Path(__file__).parent.parent / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(file))
    return file.read_text()


@pytest.fixture(scope="module")
def schema(text):
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def operations(schema):
    return {
        (path, method.upper()): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
def examples_of(schema, operations):
    """What an operation answers with this status, by its examples."""

    def examples_of(operation, status):
        response = operations[operation]["responses"][status]
        while "$ref" in response:
            response = schema["components"]["responses"][response["$ref"].rpartition("/")[2]]
        examples = response["content"]["application/json"]["examples"]
        return [example["value"] for example in examples.values()]

    return examples_of


@pytest.mark.backend_free
def test_the_written_schema_is_current(text):
    assert WRITTEN.read_text() == text, "make schema"


def routes(patterns, before=""):
    for pattern in patterns:
        regex = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, regex)
        else:
            yield simplify_regex(regex), pattern.callback


def nameless(path):
    return re.sub(r"[<{].*?[>}]", "{}", path)


@pytest.mark.backend_free
def test_every_route_is_in_it_with_each_method(operations):
    expected = {
        (nameless(path), method)
        for path, view in routes(get_resolver().url_patterns)
        if path.startswith("/api/") and path not in ("/api/schema", "/api/docs")
        for method in view.cls().allowed_methods
        if method != "OPTIONS"
    }
    assert {(nameless(path), method) for path, method in operations} == expected


@pytest.mark.backend_free
def test_every_operation_has_a_summary_and_an_answer(operations):
    for name, operation in operations.items():
        assert operation["summary"], name
        assert any(status.startswith("2") for status in operation["responses"]), name


@pytest.mark.backend_free
def test_every_operation_takes_one_type_of_body_and_has_one_answer(operations):
    """Or generators of clients make no method of it."""
    for name, operation in operations.items():
        assert len(operation.get("requestBody", {"content": [1]})["content"]) == 1, name
        (answer,) = (body for status, body in operation["responses"].items() if status < "300")
        for content in answer.get("content", {}).values():
            assert not {"anyOf", "oneOf", "allOf"} & content["schema"].keys(), name
        kind = "application/zip" if name[0].endswith("/export") else "application/json"
        assert list(answer.get("content", {kind: 1})) == [kind], name


@pytest.mark.backend_free
def test_every_refusal_has_an_example(operations, examples_of):
    for name, operation in operations.items():
        for status in operation["responses"]:
            assert status < "400" or examples_of(name, status), (name, status)


@pytest.mark.backend_free
def test_an_answer_without_content_has_none(operations):
    for name, operation in operations.items():
        assert "content" not in operation["responses"].get("204", {}), name


@pytest.mark.backend_free
def test_what_an_answer_always_has_is_required(schema):
    """Or clients must look whether it is there."""
    optional = {
        (name, field)
        for name, shape in schema["components"]["schemas"].items()
        for field in shape.get("properties", {}).keys() - shape.get("required", [])
        if not name.endswith("Request") and name != "FeatureGate"
    }
    assert optional == {("BalanceAndStats", "stats")}


SAVE = "/api/community/sessions/{id}/save", "POST"


@pytest.mark.backend_free
def test_the_path_of_the_save_is_the_contracts(operations):
    assert operations[SAVE]["security"] == [{"token": []}, {"session": []}]
    (id_,) = operations[SAVE]["parameters"]
    assert (id_["name"], id_["in"], id_["required"]) == ("id", "path", True)
    assert id_["schema"] == {"type": "integer", "format": "int64", "minimum": 1}


CONTRACT = [
    ("200", {"success": True, "sessionId": 456, "reused": False}),
    ("200", {"success": True, "sessionId": 456, "reused": True}),
    ("400", {"message": "Invalid session ID"}),
    ("404", {"message": "Session not found or not public"}),
    ("403", {"message": "This session is not shared to the community"}),
    (
        "402",
        {
            "error": "Insufficient credits",
            "code": "INSUFFICIENT_CREDITS",
            "required": 10,
            "current": 5,
            "featureKey": "session_create",
        },
    ),
    (
        "403",
        {
            "error": "This feature is only available for Premium subscribers",
            "code": "PREMIUM_ONLY",
            "featureKey": "session_create",
        },
    ),
    (
        "503",
        {
            "error": "Session pricing is not configured",
            "code": "FEATURE_PRICING_MISSING",
            "featureKey": "session_create",
        },
    ),
]


@pytest.mark.backend_free
@pytest.mark.parametrize(("status", "body"), CONTRACT)
def test_the_contracts_bodies_are_in_it_word_for_word(examples_of, status, body):
    # As text, so that the order of the words counts too.
    assert json.dumps(body) in [json.dumps(example) for example in examples_of(SAVE, status)]


@pytest.mark.backend_free
def test_the_session_cookie_is_the_way_to_sign_in(schema):
    scheme = schema["components"]["securitySchemes"]["session"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "cookie", "session")


@pytest.mark.backend_free
def test_a_token_is_good_for_all_but_the_account(schema, operations):
    scheme = schema["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    secured = {name: operation.get("security", []) for name, operation in operations.items()}
    not_by_token = [name for name, ways in secured.items() if {"token": []} not in ways]
    assert sorted(not_by_token) == [
        ("/api/auth/login", "POST"),
        ("/api/auth/logout", "POST"),
        ("/api/auth/password", "POST"),
        ("/api/auth/register", "POST"),
        ("/api/auth/user", "DELETE"),
        ("/api/auth/user", "PATCH"),
        ("/api/shared/{code}/preview", "GET"),
        ("/api/version", "GET"),
    ]


@pytest.mark.django_db
def test_the_schema_is_served_to_everybody(client, schema):
    answer = client.get("/api/schema", headers={"accept": "application/json"})
    assert (answer.status_code, json.loads(answer.content)) == (200, schema)


@pytest.mark.django_db
def test_the_documentation_page_needs_no_address_but_ours(client):
    page = client.get("/api/docs").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]*)"|\burl: "([^"]*)"', page)
    addresses = [tag or script for tag, script in addresses]
    assert len(addresses) == 5
    assert "://" not in page
    for address in addresses:
        assert re.match(r"/[^/]", address)
        answer = client.get(address)
        assert answer.status_code == 200
        answer.close()
