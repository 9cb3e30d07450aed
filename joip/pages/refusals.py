"""How pages answer what a deed refuses: in words, with what to do next."""

from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from credits.ledger import InsufficientCredits
from credits.pricing import FeaturePricingMissing, PremiumOnly
from joip.api.authentication import Unauthorized
from joip.api.rate_limits import TooManyRequests
from joip.errors import InvalidFields, Refusal
from sessions.places import ServerBusy, TooManyMediaRequests
from sessions.quota import StorageQuotaExceeded

LABELS = {
    "title": "Title",
    "caption": "Caption",
    "categoryId": "Category",
    "intervalMin": "Seconds a picture, at least",
    "intervalMax": "Seconds a picture, at most",
    "transition": "Transition",
    "files": "Pictures and videos",
    "media": "Slides",
    "to": "Place",
}


class PageRefusals:
    """Middleware: a page for every Refusal that a page's view raises."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception: Exception) -> HttpResponse | None:
        refusal = refusal_in(exception)
        if refusal is None or request.path_info.startswith("/api/"):
            return None
        if isinstance(refusal, Unauthorized):
            return redirect_to_login(request.get_full_path())
        if refusal.status == 404:
            return render(request, "404.html", status=404)
        if isinstance(refusal, InvalidFields) and request.method in ("GET", "HEAD"):
            return render(request, "400.html", status=400)  # an address that we did not make
        return refused(request, refusal)


def refusal_in(error: Exception) -> Refusal | None:
    """Serializers raise an error of DRF's own."""
    if isinstance(error, ValidationError):
        return InvalidFields(cast(dict[str, Any], error.detail))
    return error if isinstance(error, Refusal) else None


def refused(request, refusal: Refusal) -> HttpResponse:
    if wants_words(request):
        answer = answered_in_words(sentence_for(refusal), status=refusal.status)
    else:
        words = words_for(refusal)
        answer = render(request, "pages/refused.html", words, status=refusal.status)
    return retry_later(answer, refusal)


def retry_later(answer: HttpResponse, refusal: Refusal) -> HttpResponse:
    if refusal.retry_after:
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def wants_words(request) -> bool:
    """Our scripts ask for a sentence, to say it beside what was sent, instead of a page."""
    return "text/plain" in request.headers.get("Accept", "")


def answered_in_words(sentence: str, status: int = 200) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def signed_out(request) -> HttpResponse | None:
    """For a script, which a redirect to the page for signing in would not help."""
    if not wants_words(request):
        return None
    return answered_in_words("You are signed out. Sign in, in another tab, and try again.", 401)


def words_for(refusal: Refusal) -> dict[str, str]:
    """`problem`, and where there is something to do about it `way` and `address`."""
    match refusal:
        case InvalidFields(body={"fields": fields}):
            return {"problem": problems_in_words(fields)}
        case StorageQuotaExceeded(body={"used": used, "limit": limit, "needed": needed}):
            return {
                "problem": f"Your storage is full: {filesizeformat(used)} of "
                f"{filesizeformat(limit)} are used, and this takes {filesizeformat(needed)}. "
                "Delete what you do not need.",
                "way": "Your library",
                "address": reverse("library"),
            }
        case InsufficientCredits(body={"required": required, "current": current}):
            return {
                "problem": f"This costs {required} credits, and you have {current}: "
                f"{required - current} are missing.",
                "way": "Your credits",
                "address": reverse("credits"),
            }
        case TooManyMediaRequests() | ServerBusy():
            return {"problem": "Too many uploads and copies at once. Try again in a few seconds."}
        case TooManyRequests(wait=wait):
            return {"problem": f"Too many tries. Please try again in {wait}."}
        case PremiumOnly():
            return {"problem": "This is for Premium members only."}
        case FeaturePricingMissing():
            return {"problem": "Saving is closed at the moment: it has no price. Try again later."}
    return {"problem": f"{refusal}."}


def sentence_for(refusal: Refusal) -> str:
    """For a script, which says it beside the one field that it has sent."""
    if isinstance(refusal, InvalidFields) and len(refusal.body["fields"]) == 1:
        (problems,) = refusal.body["fields"].values()
        return " ".join(problems)
    return words_for(refusal)["problem"]


def problems_in_words(fields: dict[str, list[str]]) -> str:
    """Fields by the labels of the forms."""
    return " ".join(f"{label(name)}: {' '.join(problems)}" for name, problems in fields.items())


def label(name: str) -> str:
    kind, _, number = name.partition(".")
    if kind == "files" and number.isdecimal():
        return f"File {int(number) + 1}"
    return LABELS.get(name, name)
