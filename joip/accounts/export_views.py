from collections.abc import Callable, Iterator
from contextlib import ExitStack

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.views import APIView

from joip.accounts.exporting import export_of
from joip.api.openapi import described
from joip.api.security_log import record
from sessions.places import ServerBusy, place

ZIP = "application/zip"


class ExportView(APIView):
    @described(
        "Export your data",
        answer=OpenApiTypes.BINARY,
        media_type=ZIP,
        refusals=[ServerBusy],
    )
    def get(self, request):
        """Sends a zip with everything that is stored about you: your profile, your sessions with
        their settings, captions and media, your ledger, what you have reported, and what staff
        have decided about what you shared. Media that cannot be read are named in `missing.txt`.
        One export at a time; a second one is answered with 429.
        """
        return export_response(request)


def export_response(request) -> HttpResponseBase:
    """For those who have signed in. Refuses like `sessions.places`."""
    if request.method == "HEAD":  # the server would make all of it, and send nothing
        return HttpResponse(content_type=ZIP)
    held = ExitStack()
    held.enter_context(place(request.user, "export", alone=True))
    record("data-exported", request, person=request.user.pk)
    response = StreamingHttpResponse(Held(export_of(request), held.close), content_type=ZIP)
    name = f"joip-{timezone.now():%Y-%m-%d}.zip"
    response["Cache-Control"] = "no-store"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


class Held:
    """Chunks of an answer, and what to give back when it ends, also if nothing was sent: a
    generator that has not begun runs no `finally`.
    """

    def __init__(self, chunks: Iterator[bytes], give_back: Callable[[], None]):
        self.chunks = chunks
        self.give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        self.give_back()
