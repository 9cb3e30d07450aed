from functools import partial

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse

from joip.accounts.forms import LoginForm, PasswordChangeForm

MAX_LOGIN_BYTES = 10_000  # the page shows again what was typed


class AdminSite(admin.AdminSite):
    """Django's, with the limits on wrong passwords."""

    login_form = LoginForm

    def login(self, request, extra_context=None):
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_LOGIN_BYTES:
            return HttpResponse("The form is too large.", status=400, content_type="text/plain")
        return with_status(super().login(request, extra_context))

    def password_change(self, request, extra_context=None):
        """Django's own cannot be given another form."""
        change = PasswordChangeView.as_view(
            form_class=partial(PasswordChangeForm, request=request),
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        request.current_app = self.name
        return with_status(change(request))


def with_status(response):
    form = (getattr(response, "context_data", None) or {}).get("form")
    if refusal := getattr(form, "refusal", None):
        response.status_code = refusal.status
        response["Retry-After"] = refusal.retry_after
    return response
