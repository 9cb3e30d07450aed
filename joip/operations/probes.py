"""What machines ask: `/livez`, `/readyz` and `/metrics`.

Middleware before all others, since a probe names no host that we know, comes without https, and
must be answered while the database or the cache is down.
"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from joip.operations.health import OK, health
from joip.operations.metrics import CONTENT_TYPE, metrics


class Probes:
    def __init__(self, get_response):
        self.get_response = get_response
        self.probes = {"/livez": livez, "/readyz": readyz, "/metrics": read_metrics}

    def __call__(self, request):
        probe = self.probes.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = probe(request)
        response["Cache-Control"] = "no-store"
        return response


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    checks = health.current()
    is_ready = all(result == OK for result in checks.values())
    status = 200 if is_ready else 503
    return JsonResponse({"ready": is_ready, "checks": checks}, status=status)


def read_metrics(request: HttpRequest) -> HttpResponse:
    """For whoever knows METRICS_TOKEN; without one there are none."""
    if not settings.METRICS_TOKEN:
        return HttpResponse("METRICS_TOKEN is not set.\n", content_type="text/plain", status=404)
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    if not secrets.compare_digest(request.headers.get("Authorization", "").encode(), expected):
        refused = HttpResponse("Unauthorized\n", content_type="text/plain", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    return HttpResponse(metrics(), content_type=CONTENT_TYPE)
