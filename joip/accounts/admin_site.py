from functools import partial

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from joip.accounts.forms import OwnPasswordForm, with_status
from joip.accounts.open_sign_ins import note_open_sign_in
from joip.api.security_log import record
from joip.users.models import User


class JOIPAdminSite(AdminSite):
    """Django's, but people sign in on our page, and names are for those who may see them."""

    site_header = site_title = "JOIP"

    def login(self, request, extra_context=None):
        """A page of its own would be a way around the second factor."""
        if request.user.is_authenticated and not self.has_permission(request):
            record("not-staff", request, person=request.user.pk)
            raise PermissionDenied
        address = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(address)

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
        response = with_status(change(request))
        if response.status_code == 302:
            note_open_sign_in(request, request.user)
        return response


class PeopleByName(AutocompleteJsonView):
    """Asks, as Django's does, whether the viewer may view what is searched."""

    def serialize_result(self, obj, to_field_name):
        found = super().serialize_result(obj, to_field_name)
        return found | {"text": obj.username} if isinstance(obj, User) else found
