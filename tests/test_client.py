"""What docs/openapi.yaml says is enough to write a client."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from tests import made_media
from tests.factories import picture, set_price
from tests.ledgers import check_ledger, check_objects

SCHEMA = yaml.safe_load(Path(settings.BASE_DIR, "docs", "openapi.yaml").read_text())
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}
FORMATS = {"application/json": "json", "multipart/form-data": "multipart"}


@pytest.fixture
def call(transactional_db):
    """Call an operation by its documented name; the body of its success, which must fit."""
    client = APIClient()

    def call(name, body=None, **path_parameters):
        method, path, operation = OPERATIONS[name]
        content_types = operation.get("requestBody", {}).get("content", {None: None})
        answer = getattr(client, method)(
            path.format(**path_parameters), body, format=FORMATS.get(next(iter(content_types)))
        )
        assert answer.status_code < 300, answer.json()
        documented = operation["responses"][str(answer.status_code)]
        if "content" not in documented:
            return answer.content
        schema = documented["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": SCHEMA["components"]}).validate(answer.json())
        return answer.json()

    return call


def test_a_client_can_be_written_from_the_schema_alone(call):
    set_price(10)
    call("signUp", {"username": "ines", "password": "lanterns-by-the-lake", "displayName": "Ines"})
    (price,) = call("listPrices")
    assert (price["cost"], price["affordable"]) == (10, True)
    pk = call("createASession", {"title": "Fjords in May"})["id"]
    contents = [picture(1), picture(2), made_media.video()]
    files = [SimpleUploadedFile("file", content) for content in contents]
    media = call("addMedia", {"files": files, "captions": ["Dawn", "Noon"]}, id=pk)
    first, second, video = (item["id"] for item in media)
    call("reorderMedia", {"mediaIds": [video, second, first]}, id=pk)
    call("changeASlide", {"caption": "Clouds", "isThumbnail": False}, id=pk, mediaId=video)
    assert call("changeASession", {"isFavorite": True}, id=pk)["isFavorite"]
    shown = call("showASession", id=pk)
    assert [item["caption"] for item in shown["media"]] == ["Clouds", "Noon", "Dawn"]
    assert [item["id"] for item in call("listYourSessions", {"isFavorite": True})] == [pk]
    call("deleteASlide", id=pk, mediaId=first)
    assert call("deleteASession", id=pk) == b""
    assert call("showTheBalance", {"includeStats": True})["stats"]["totalSpent"] == 10
    rows = call("listTransactions", {"limit": 10})
    assert [(row["kind"], row["amount"]) for row in rows] == [("charge", -10), ("grant", 50)]
    assert rows[0]["reference"] == f"session:{pk}"
    call("deleteTheAccount", {"password": "lanterns-by-the-lake"})
    check_ledger()
    check_objects()
