"""How pages answer what a deed refuses: in words, with what to do next."""

from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from credits.ledger import InsufficientCredits
from credits.pricing import FeaturePricingMissing, PremiumOnly
from joip.api.authentication import Unauthorized
from joip.api.rate_limits import TooManyRequests
from joip.errors import InvalidFields, Refusal


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
        return refused(request, refusal)


def refusal_in(error: Exception) -> Refusal | None:
    """Serializers raise an error of DRF's own."""
    if isinstance(error, ValidationError):
        return InvalidFields(cast(dict[str, Any], error.detail))
    return error if isinstance(error, Refusal) else None


def refused(request, refusal: Refusal) -> HttpResponse:
    answer = render(request, "pages/refused.html", words_for(refusal), status=refusal.status)
    if refusal.retry_after:
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def words_for(refusal: Refusal) -> dict[str, str]:
    """`problem`, and where there is something to do about it `way` and `address`."""
    match refusal:
        case InsufficientCredits(body={"required": required, "current": current}):
            return {
                "problem": f"This costs {required} credits, and you have {current}: "
                f"{required - current} are missing.",
                "way": "Your credits",
                "address": reverse("credits"),
            }
        case TooManyRequests(wait=wait):
            return {"problem": f"Too many tries. Please try again in {wait}."}
        case PremiumOnly():
            return {"problem": "This is for Premium members only."}
        case FeaturePricingMissing():
            return {"problem": "Saving is closed at the moment: it has no price. Try again later."}
    return {"problem": f"{refusal}."}
