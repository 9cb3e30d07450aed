from functools import partial

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse

from joip.accounts.forms import LoginForm, OwnPasswordForm, with_status
from joip.users.models import User

MAX_LOGIN_BYTES = 10_000  # the page shows again what was typed


class JOIPAdminSite(AdminSite):
    """Django's, with the limits on wrong passwords, and with names for those who may see them."""

    site_header = site_title = "JOIP"
    login_form = LoginForm

    def login(self, request, extra_context=None):
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_LOGIN_BYTES:
            return HttpResponse("The form is too large.", status=400, content_type="text/plain")
        return with_status(super().login(request, extra_context))

    def autocomplete_view(self, request):
        return PeopleByName.as_view(admin_site=self)(request)

    def password_change(self, request, extra_context=None):
        """Like Django's, which offers no setting for the form."""
        request.current_app = self.name
        change = PasswordChangeView.as_view(
            form_class=partial(OwnPasswordForm, request=request),
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return with_status(change(request))


class PeopleByName(AutocompleteJsonView):
    """Asks, as Django's does, whether the viewer may view what is searched."""

    def serialize_result(self, obj, to_field_name):
        found = super().serialize_result(obj, to_field_name)
        return found | {"text": obj.username} if isinstance(obj, User) else found
