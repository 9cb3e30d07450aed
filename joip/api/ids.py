"""Ids in paths: 1 to 2^63-1, in ASCII digits without a leading zero."""

import re

from joip.errors import Refusal

ID = "[1-9][0-9]{0,18}"  # a pattern
MAX_ID = 2**63 - 1  # of a PostgreSQL bigint


class InvalidSessionId(Refusal):
    status = 400
    body = {"message": "Invalid session ID"}


class InvalidMediaId(Refusal):
    status = 400
    body = {"message": "Invalid media ID", "code": "INVALID_MEDIA_ID"}


def read_session_id(text: str) -> int:
    return read_id(text, InvalidSessionId)


def read_media_id(text: str) -> int:
    return read_id(text, InvalidMediaId)


def read_id(text: str, refusal: type[Refusal]) -> int:
    if re.fullmatch(ID, text) and int(text) <= MAX_ID:
        return int(text)
    raise refusal
