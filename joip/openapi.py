"""What the API's schema says of each operation: `described(...)` on the method of a view."""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Sequence

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail

from joip.api import (
    SAFE_METHODS,
    BodyTooLarge,
    CrossOriginRequest,
    DatabaseBusy,
    Unauthorized,
    UnsupportedMediaType,
)
from joip.errors import InvalidFields, Refusal
from joip.rate_limits import TooManyRequests

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def shape(required: dict, optional: dict | None = None) -> dict:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


# The bodies of refusals, the one with the most required fields first.
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
        {"error": TEXT, "code": TEXT},
        {
            "featureKey": TEXT,
            **dict.fromkeys(("required", "current", "used", "limit", "needed"), WHOLE),
        },
    ),
    "Message": shape({"message": TEXT}),
}

EVERY_OPERATION = [DatabaseBusy, TooManyRequests(retry_after=600)]
EVERY_BODY = [
    InvalidFields({"title": [ErrorDetail("This field is required.", "required")]}),
    UnsupportedMediaType,
    BodyTooLarge,
]
EVERY_QUERY = [InvalidFields({"limit": ["A valid integer is required."]})]


def described(
    summary: str,
    *,
    answer=None,
    status: int = 200,
    body=None,
    query=None,
    refusals: Sequence[Refusal | type[Refusal]] = (),
    signed_in: bool = True,
    examples: Sequence[OpenApiExample] = (),
    **more,
):
    """Describes a method of a view: what it asks for, answers and refuses.

    `answer`, `body` and `query` are serializers, `examples` show the success.
    `refusals` are Refusal classes, or instances where the body depends on the
    case; those that every operation may answer are added here.
    """

    def describe(method):
        told = [*refusals, *EVERY_OPERATION]
        if signed_in:
            told.append(Unauthorized)
        if method.__name__.upper() not in SAFE_METHODS:
            told.append(CrossOriginRequest)
        if body:
            told.extend(EVERY_BODY)
        if query:
            told.extend(EVERY_QUERY)
        success = OpenApiResponse(answer, "Done", examples) if answer else OpenApiResponse()
        return extend_schema(
            summary=summary,
            description=inspect.getdoc(method) or "",
            parameters=[query] if query else [],
            request=body,
            responses={status: success, **refused(told)},
            auth=None if signed_in else [],
            **more,
        )(method)

    return describe


def refused(refusals: Iterable[Refusal | type[Refusal]]) -> dict[int, OpenApiResponse]:
    """The refusals by status, the body of each as an example."""
    by_status = defaultdict(list)
    for refusal in refusals:
        by_status[refusal.status].append(refusal)
    return {status: refused_with(some) for status, some in sorted(by_status.items())}


def refused_with(refusals: Sequence[Refusal | type[Refusal]]) -> OpenApiResponse:
    names = dict.fromkeys(shape_name(refusal.body) for refusal in refusals)
    references = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    examples = [
        OpenApiExample(sentence_of(refusal.body), value=refusal.body, response_only=True)
        for refusal in refusals
    ]
    return OpenApiResponse(
        references[0] if len(references) == 1 else {"anyOf": references},
        "; ".join(example.name for example in examples),
        examples,
    )


def sentence_of(body: dict) -> str:
    return body["message"] if "fields" in body else body.get("error") or body["message"]


def shape_name(body: dict) -> str:
    return next(name for name, shape in SHAPES.items() if set(shape["required"]) <= set(body))


def add_shapes(result, **kwargs):
    """Puts the bodies of refusals among the schema's components."""
    result["components"]["schemas"] |= SHAPES
    return result
