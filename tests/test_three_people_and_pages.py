"""Owner, friend and the signed-out before each page that shows a session or plays it."""

import pytest

from tests.test_three_people import KINDS, Row, ask, everything
from tests.test_three_people import people as people
from tests.test_three_people import places as places
from tests.test_three_people import three as three

# 302 is to where one signs in, but for a cover to the picture. Only what is featured plays for the
# signed-out, who are told nothing about all else: not even whether it is there.
TABLE = """
                                     | prv lnk mem pub cop  -  ftd | prv lnk mem pub cop  -  ftd | prv lnk mem pub cop  -  ftd
GET /library/{session}               | 200 200 200 200 200 404 200 | 404 404 404 404 404 404 404 | 302 302 302 302 302 302 302
GET /library/{session}/play          | 200 200 200 200 200 404 200 | 404 404 404 404 404 404 404 | 302 302 302 302 302 302 302
GET /community/{share}               | 404 404 404 200 404 404 200 | 404 404 404 200 404 404 200 | 302 302 302 302 302 302 302
GET /community/{share}/play          | 404 404 404 200 404 404 200 | 404 404 404 200 404 404 200 | 302 302 302 302 302 302 200
GET /community/{share}/play/slides   | 404 404 404 404 404 404 200 | 404 404 404 404 404 404 200 | 404 404 404 404 404 404 200
GET /community/{share}/cover         | 404 404 404 404 404 404 302 | 404 404 404 404 404 404 302 | 404 404 404 404 404 404 302
GET /shared/{code}                   | 404 200 404 200 404 404 200 | 404 200 404 200 404 404 200 | 404 200 404 200 404 404 200
GET /shared/{code}/cover             | 404 302 404 302 404 404 302 | 404 302 404 302 404 404 302 | 404 302 404 302 404 404 302
GET /shared/{code}/play              | 404 200 404 200 404 404 200 | 404 200 404 200 404 404 200 | 302 302 302 302 302 302 302
POST /community/{share}/save         | 404 404 403 302 404 404 302 | 404 404 403 302 404 404 302 | 302 302 302 302 302 302 302
"""  # noqa: E501
WHO = ["owner", "friend", "stranger"]

ROWS = [line for line in TABLE.splitlines() if "{" in line]


def read(line):
    request, *statuses = line.split("|")
    return request.split(), dict(zip(WHO, [text.split() for text in statuses], strict=True))


@pytest.mark.parametrize("line", ROWS, ids=lambda line: line.split("|")[0])
def test_each_sees_what_the_table_says(three, places, line):
    (method, path), statuses = read(line)
    before = everything()
    for who in reversed(WHO):
        for kind, status in zip(KINDS, statuses[who], strict=True):
            answer = ask(three[who], Row(method, path, "-", [], [], []), places[kind])
            assert answer.status_code == int(status), (who, kind)
            if method == "GET":
                assert everything() == before, (who, kind)
