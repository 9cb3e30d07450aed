from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import PasswordChangeView
from django.urls import reverse

from joip.accounts.forms import OwnPasswordForm
from joip.users.models import User


class JOIPAdminSite(AdminSite):
    site_header = site_title = "JOIP"

    def autocomplete_view(self, request):
        return PeopleByName.as_view(admin_site=self)(request)

    def password_change(self, request, extra_context=None):
        """Like Django's, which offers no setting for the form."""
        request.current_app = self.name
        return PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)


class PeopleByName(AutocompleteJsonView):
    """Asks, as Django's does, whether the viewer may view what is searched."""

    def serialize_result(self, obj, to_field_name):
        found = super().serialize_result(obj, to_field_name)
        return found | {"text": obj.username} if isinstance(obj, User) else found
