"""A person's API tokens: made and revoked here alone, signed in."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from joip.api.security_log import record
from joip.api_tokens.models import ApiToken
from joip.api_tokens.tokens import make_token, revoke_token

EXPIRIES = {"30": "in 30 days", "90": "in 90 days", "365": "in a year", "": "never"}


class TokenForm(forms.ModelForm):
    days = forms.TypedChoiceField(
        label="It ends", choices=EXPIRIES.items(), coerce=int, empty_value=None, required=False
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scope"]
        labels = {"scope": "What it may do"}
        help_texts = {"name": "So that you know it again, such as “Photo frame in the hall”."}

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return days and timezone.now() + timedelta(days=days)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request) -> HttpResponse:
    """What is made is shown in the answer itself, so that its secret is stored nowhere."""
    form = TokenForm(request.POST or None, initial={"days": "90"})
    made = make(request, form) if form.is_valid() else None
    context = {
        "tokens": request.user.api_tokens.order_by("-pk"),
        "form": TokenForm(initial={"days": "90"}) if made else form,
        "made": made,
    }
    return render(request, "pages/tokens.html", context, status=400 if form.errors else 200)


def make(request, form: TokenForm) -> dict[str, str]:
    token, secret = make_token(
        user=request.user,
        name=form.cleaned_data["name"],
        scope=form.cleaned_data["scope"],
        expires_at=form.expires_at(),
    )
    record("token-made", request, person=request.user.pk, token=token.pk, scope=token.scope)
    return {"name": token.name, "secret": secret}


@login_required
@require_POST
def revoke(request, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    revoke_token(token=token)
    record("token-revoked", request, person=request.user.pk, token=token.pk)
    messages.success(request, f"“{token.name}” is revoked.")
    return redirect("tokens")
