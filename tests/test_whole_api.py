"""Schemathesis asks the whole API what its schema allows, and what it does not.

No answer may be a server's error, or differ from the schema in status, headers or body.
A later route is asked like the others, without a word here.
"""

import uuid

import pytest
import schemathesis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from joip.wsgi import application
from tests.factories import make_person, make_session, make_share, set_price

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

api = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
api.app = application


@pytest.fixture(autouse=True)
def share(transactional_db, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    set_price(1)
    return make_share(make_person("author"), slides=1)


@api.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the share outlives an example
)
def test_a_member_meets_only_what_the_schema_says(case, share):
    member = make_person(uuid.uuid4().hex)  # a new one: the last may have left
    session = make_session(member, slides=2)
    real = {
        "id": share.pk if "/community/" in case.path else session.pk,
        "mediaId": session.media.first().pk,
    }
    for name, generated in case.path_parameters.items():
        if str(generated)[-1:] in set("13579bdf"):  # half of them
            case.path_parameters[name] = real[name]
    client = Client()
    client.force_login(member)
    case.call_and_validate(cookies={"session": client.cookies["session"].value}, checks=CHECKS)


@api.parametrize()
@settings(max_examples=10, derandomize=True, deadline=None)
def test_a_stranger_meets_only_what_the_schema_says(case):
    case.call_and_validate(checks=CHECKS)
