"""Schemathesis asks the whole API what its schema allows, and what it does not.

No answer may be a server's error, or differ from the schema in status, headers or body.
A later route is asked like the others, without a word here.
"""

from functools import cache
from typing import NamedTuple

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from community.moderation import dismiss_reports, hide_share, report_share
from community.share_links import link_session
from community.sharing import share_session
from joip.wsgi import application
from tests.factories import make_person, make_session, make_share, set_price
from tests.kept_state import KeptState

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-walk-by-the-sea"


def code_conformance(ctx, response, case):
    """A refusal's code is one of those that the schema lists for it."""
    listed = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if "$ref" in listed:
        name = listed["$ref"].rpartition("/")[2]
        listed = api.raw_schema["components"]["responses"][name]
    if "x-codes" in listed:
        assert response.json().get("code") in [None, *listed["x-codes"]]


CHECKS = [
    code_conformance,
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

api = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
api.app = application
api.config.generation.update(with_security_parameters=False)  # the cookie is not theirs to invent


@pytest.fixture(autouse=True)
def _community(transactional_db, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    # No limit, but its headers.
    settings.RATE_LIMIT_REQUESTS = settings.RATE_LIMIT_MEMBER_REQUESTS = 10**9
    # As Django's own client does, since a new connection takes 2 ms.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    household().state.put_back()
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Household(NamedTuple):
    cookies: dict
    real: dict
    share: int
    state: KeptState


@cache
def household():
    """A member's cookie, and what the member may name: the own session, which staff have hidden,
    and somebody's share, which the member has reported, and link.
    """
    set_price(1)
    share = make_share(make_person("author"), slides=1)
    member = make_person("member", password=PASSWORD)
    session = make_session(member, slides=2)
    hide_share(share=share_session(session=session), reason="spam", sentence="It sells soup.")
    report_share(community_session_id=share.pk, user=member, reason="spam")
    dismiss_reports(share=share)
    slides = [slide.pk for slide in session.media.all()]
    client = Client()
    client.force_login(member)
    real = {
        "id": session.pk,
        "code": str(link_session(session=share.session).code),
        "mediaId": slides[0],
        "mediaIds": slides[::-1],
        "username": member.username,
        "password": PASSWORD,
        "currentPassword": PASSWORD,
    }
    cookies = {"session": client.cookies["session"].value}
    return Household(cookies, real, share.pk, KeptState())


def half(generated, real):
    """With the real value of about every second name that has one."""
    return {
        name: real[name] if name in real and sum(map(ord, str(value))) % 2 else value
        for name, value in generated.items()
    }


@api.parametrize()
@settings(max_examples=20, derandomize=True)
def test_a_member_meets_only_what_the_schema_says(case):
    cookies, real, share, state = household()
    if "/community/" in case.path:
        real = real | {"id": share}
    case.path_parameters = half(case.path_parameters, real)
    if isinstance(case.body, dict):
        case.body = half(case.body, real)
    answer = case.call(cookies=cookies)
    if answer.status_code < 400 and case.method != "GET":
        state.put_back()  # something changed, or somebody left
    case.validate_response(answer, checks=CHECKS)


@api.parametrize()
@settings(max_examples=5, derandomize=True, phases=[Phase.generate])
def test_a_stranger_meets_only_what_the_schema_says(case):
    case.call_and_validate(checks=CHECKS)
