"""Ask the server in this container: `probe.py /readyz`. Exits with 1 unless it answers 200."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def status(path: str) -> int | str:
    asking = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", 8000)), timeout=5)
    try:
        asking.request("GET", path)
        return asking.getresponse().status
    except (OSError, HTTPException) as error:
        return str(error)


if __name__ == "__main__":
    answer = status(sys.argv[1])
    sys.exit(0 if answer == 200 else f"{sys.argv[1]}: {answer}")
