"""Every refusal has a `code` that clients can rely on, but for the bodies that are documented."""

import inspect
from pathlib import Path

import pytest
import yaml

import joip.urls
import joip.wsgi  # noqa: F401  # with joip.urls, all modules that refuse something
from joip.errors import InvalidFields, Refusal

pytestmark = pytest.mark.backend_free

# By the names of their classes: the contract's first, then those of the neighbouring API.
DOCUMENTED = {
    "InvalidSessionId": {"message": "Invalid session ID"},
    "NotFoundOrNotPublic": {"message": "Session not found or not public"},
    "NotSharedToCommunity": {"message": "This session is not shared to the community"},
    "Unauthorized": {"message": "Unauthorized"},
    "NotYoursToShare": {"message": "You do not have permission to share this session"},
    "TooManyRequests": {"error": "Too Many Requests", "retryAfter": 1},
    "TooManyMediaRequests": {"error": "Too Many Requests", "retryAfter": 5},
}
SCHEMA = yaml.safe_load((Path(__file__).parent.parent / "docs" / "openapi.yaml").read_text())


def subclasses(cls):
    for below in cls.__subclasses__():
        yield from [below, *subclasses(below)]


def an_instance(cls):
    if cls.__init__ is Exception.__init__:
        return cls()
    _, *names = inspect.signature(cls.__init__).parameters.values()
    return cls(**{each.name: 1 for each in names if each.default is each.empty})


REFUSALS = [
    an_instance(cls)
    for cls in subclasses(Refusal)
    if hasattr(cls, "status") and not issubclass(cls, InvalidFields)
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_every_refusal_has_a_code_or_is_documented_without(refusal):
    documented = DOCUMENTED.get(type(refusal).__name__)
    if documented is None:
        assert refusal.body["code"].isupper()
    else:
        assert refusal.body == {"message": refusal.body["message"]} | documented
        assert "code" not in refusal.body


def test_a_refusal_of_a_field_is_as_documented():
    assert InvalidFields({"title": ["Too long."]}).body == {
        "error": "Validation Error",
        "message": "Validation failed: title: Too long.",
        "fields": {"title": ["Too long."]},
    }


def responses():
    """Of each operation's refusals: their name, listed codes and example bodies."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                while "$ref" in response:
                    name = response["$ref"].rpartition("/")[2]
                    response = SCHEMA["components"]["responses"][name]
                if status >= "400":
                    content = response["content"]["application/json"]
                    bodies = [example["value"] for example in content["examples"].values()]
                    yield f"{method} {path} {status}", response["x-codes"], bodies


def test_the_schema_lists_the_codes_of_each_operation():
    for name, codes, bodies in responses():
        assert codes == sorted({body["code"] for body in bodies if "code" in body}), name


def test_the_schema_has_one_list_of_all_codes():
    codes = {code for _, codes, _ in responses() for code in codes}
    assert SCHEMA["components"]["schemas"]["RefusalCode"]["enum"] == sorted(codes)


def test_every_403_and_404_in_the_schema_has_a_code_or_is_documented_without():
    for name, _, bodies in responses():
        for body in bodies if name.endswith((" 403", " 404")) else []:
            assert "code" in body or body in DOCUMENTED.values(), name
