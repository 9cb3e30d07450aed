"""The OpenAPI schema: `@described(...)` on the methods of views says what each operation does."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework.exceptions import ErrorDetail

from joip.api.authentication import (
    SAFE_METHODS,
    CrossOriginRequest,
    ReadOnlyToken,
    SignInRequired,
    Unauthorized,
)
from joip.api.bodies import BodyTooLarge, UnsupportedMediaType
from joip.api.error_responses import DatabaseBusy
from joip.api.paging import PageQuery
from joip.api.rate_limits import TooManyRequests
from joip.errors import InvalidFields, Refusal

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
ID = {"type": "integer", "format": "int64", "minimum": 1}
CODE = {"type": "string", "format": "uuid"}
A_CODE = {"$ref": "#/components/schemas/RefusalCode"}


def shape(required: dict, optional: dict | None = None) -> dict:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


# The bodies of refusals, those with the most required fields first.
SHAPES = {
    "ValidationError": shape(
        {
            "error": TEXT,
            "message": TEXT,
            "fields": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": TEXT},
            },
        }
    ),
    "TooManyRequests": shape({"error": TEXT, "message": TEXT, "retryAfter": WHOLE}),
    "FeatureGate": shape(
        {"error": TEXT, "code": A_CODE},
        {
            "featureKey": TEXT,
            **dict.fromkeys(("required", "current", "used", "limit", "needed"), WHOLE),
        },
    ),
    "MessageWithCode": shape({"message": TEXT, "code": A_CODE}),
    "Message": shape({"message": TEXT}),
}

LINK = OpenApiParameter(
    "Link",
    TEXT,
    OpenApiParameter.HEADER,
    response=[200],
    description="The addresses of the next and the previous page, told apart by `rel`.",
)
TOTAL = OpenApiParameter(
    "X-Total-Count",
    WHOLE,
    OpenApiParameter.HEADER,
    response=[200],
    description="The number of items on all pages.",
)
# On every answer, if there is a limit; see joip/api/rate_limits.py.
RATE_LIMIT_HEADERS = {
    "X-RateLimit-Limit": {"schema": WHOLE, "description": "Requests allowed in a window of time."},
    "X-RateLimit-Remaining": {"schema": WHOLE, "description": "Requests left in this window."},
    "X-RateLimit-Reset": {
        "schema": {"type": "string", "format": "date-time"},
        "description": "When the next window begins.",
    },
}
RETRY_AFTER = {"schema": WHOLE, "description": "Seconds; with `SERVER_BUSY` and every 429."}


class Schema(AutoSchema):
    """Describes the body of a DELETE, which OpenAPI allows since 3.1."""

    def _get_request_body(self, direction="request"):
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = method


class SessionCookie(SessionScheme):
    target_class = "joip.api.authentication.SessionAuthentication"
    name = "session"


class Token(OpenApiAuthenticationExtension):
    target_class = "joip.api_tokens.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal API token, made at `/account/tokens`.",
        }


class NothingUnknown(OpenApiSerializerExtension):
    target_class = "joip.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        known = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return known | {"additionalProperties": False}


class BrokenBody(Refusal):
    status = 400
    body = {
        "message": "JSON parse error - Expecting value: line 1 column 1 (char 0)",
        "code": "PARSE_ERROR",
    }


EVERY_OPERATION = [DatabaseBusy, TooManyRequests(retry_after=600)]
EVERY_BODY = [BrokenBody, UnsupportedMediaType, BodyTooLarge]


def described(
    summary: str,
    *,
    answer=None,
    status: int = 200,
    media_type: str | None = None,
    body=None,
    query=None,
    has_total: bool = False,
    refusals: Sequence[Refusal | type[Refusal]] = (),
    signed_in: bool = True,
    by_token: bool = True,
    examples: Sequence[OpenApiExample] = (),
    **more,
):
    """Describe a method of a view: its input, its answer, its refusals. Its docstring becomes the
    description.

    `answer`, `body` and `query` are serializers; `media_type` is that of an answer which is not
    JSON; `examples` are of the answer. `refusals` are Refusal classes, or instances where the body
    depends on the case; those of every operation are added here. `by_token`: whether a token is
    as good as a sign-in.
    """

    def describe(method):
        parameters = path_parameters(method)
        if query:
            parameters += [query, LINK] if issubclass(query, PageQuery) else [query]
        if has_total:
            parameters.append(TOTAL)
        told = [
            *refusals,
            *EVERY_OPERATION,
            *refusals_of_people(method, signed_in=signed_in, by_token=by_token),
            *refusals_of_input(method, body, query),
        ]
        method.schema = Schema  # extend_schema derives from it
        success = OpenApiResponse(answer, "Done" if answer else "", examples)
        return extend_schema(
            operation_id=camel_case(summary),
            summary=summary,
            description=inspect.getdoc(method) or "",
            parameters=parameters,
            request=body,
            responses={(status, media_type) if media_type else status: success, **refused(told)},
            auth=None if signed_in and by_token else [{"session": []}] if signed_in else [],
            **more,
        )(method)

    return describe


def refusals_of_people(method, *, signed_in: bool, by_token: bool) -> Iterator[type[Refusal]]:
    if signed_in:
        yield Unauthorized
    if method.__name__.upper() not in SAFE_METHODS:
        yield CrossOriginRequest
        if signed_in:
            yield ReadOnlyToken if by_token else SignInRequired


def refusals_of_input(method, body, query) -> Iterator[Refusal | type[Refusal]]:
    if body:
        kinds = body.values() if isinstance(body, dict) else [body]
        yield from (invalid(kind, partial=method.__name__ == "patch") for kind in kinds)
        yield from EVERY_BODY
    if query:
        yield invalid(query)


def camel_case(summary: str) -> str:
    first, *others = re.findall(r"[A-Za-z0-9]+", summary)
    return first.lower() + "".join(word[0].upper() + word[1:] for word in others)


def path_parameters(method) -> list[OpenApiParameter]:
    """Of the method's arguments: those named `...pk` are ids, called `...id` in the schema."""
    names = list(inspect.signature(method).parameters)[2:]  # after self and request
    return [
        OpenApiParameter(name.removesuffix("pk") + "id", ID, OpenApiParameter.PATH)
        if name.endswith("pk")
        else OpenApiParameter(name, CODE, OpenApiParameter.PATH)
        for name in names
    ]


def invalid(serializer, *, partial: bool = False) -> InvalidFields:
    """An example: the refusal of a missing field, or else of an invalid one."""
    fields = force_instance(serializer).fields
    for name, field in fields.items():
        if field.required and not partial:
            return InvalidFields(
                {name: [ErrorDetail(field.error_messages["required"], "required")]}
            )
    name, field = next(iter(fields.items()))
    messages = field.error_messages
    return InvalidFields({name: [str(messages.get("invalid", messages["null"]))]})


def refused(refusals: Iterable[Refusal | type[Refusal]]) -> dict[int, OpenApiResponse]:
    """The responses by status, with the body of each refusal as an example."""
    by_status = defaultdict(list)
    for refusal in refusals:
        by_status[refusal.status].append(refusal)
    return {status: refused_with(some) for status, some in sorted(by_status.items())}


def refused_with(refusals: Sequence[Refusal | type[Refusal]]) -> OpenApiResponse:
    bodies = {sentence_of(refusal.body): refusal.body for refusal in refusals}
    found = {shape_name(body) for body in bodies.values()}
    # Generated clients take the first that fits, and `Message` alone would fit nearly all.
    references = [{"$ref": f"#/components/schemas/{name}"} for name in SHAPES if name in found]
    return OpenApiResponse(
        references[0] if len(references) == 1 else {"anyOf": references},
        "; ".join(bodies),
        [
            OpenApiExample(camel_case(sentence), summary=sentence, value=body)
            for sentence, body in bodies.items()
        ],
    )


def sentence_of(body: dict) -> str:
    return body["message"] if "fields" in body else body.get("error") or body["message"]


def shape_name(body: dict) -> str:
    return next(name for name, shape in SHAPES.items() if set(shape["required"]) <= set(body))


def add_shapes(result, **kwargs):
    """Add the bodies of refusals to the schema's components, and the headers of all answers."""
    components = result["components"]
    all_codes = set()
    components["headers"] = RATE_LIMIT_HEADERS
    components["responses"] = {}
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_LIMIT_HEADERS}
    for operation in (each for methods in result["paths"].values() for each in methods.values()):
        for status, response in operation["responses"].items():
            response["headers"] = response.get("headers", {}) | limits
            if status in ("429", "503"):
                response["headers"] |= {"Retry-After": RETRY_AFTER}
            if status >= "400":
                # Not in the schema: generators make a class of each, or refuse it beside a `$ref`.
                response["x-codes"] = codes_of(response)
                all_codes.update(response["x-codes"])
                operation["responses"][status] = moved_to_components(
                    response, components["responses"]
                )
    components["schemas"] |= SHAPES
    components["schemas"]["RefusalCode"] = {"type": "string", "enum": sorted(all_codes)}
    return result


def codes_of(response: dict) -> list[str]:
    examples = response["content"]["application/json"]["examples"].values()
    return sorted({each["value"]["code"] for each in examples if "code" in each["value"]})


def moved_to_components(response: dict, refusals: dict) -> dict:
    """Move the response of a single refusal to the components, and return a reference to it."""
    examples = response["content"]["application/json"]["examples"]
    name = next(iter(examples))
    if len(examples) > 1 or refusals.setdefault(name, response) != response:
        return response
    return {"$ref": f"#/components/responses/{name}"}
