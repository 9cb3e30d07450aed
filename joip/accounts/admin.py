from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count
from django.template.response import TemplateResponse

from credits.admin import GrantsCredits
from joip.accounts.deletion import delete_account
from joip.accounts.profiles import change_display_name
from joip.api.security_log import RecordsStaffDeeds, record
from joip.users.models import User
from joip.users.normal_forms import DELETED_PREFIX


@admin.register(User)
class PersonAdmin(RecordsStaffDeeds, GrantsCredits, UserAdmin):
    is_about_people = True
    actions = [*GrantsCredits.actions, "delete_accounts"]
    list_display = ["username", "display_name", "email", "is_staff"]
    search_fields = ["username", "display_name", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["display_name", "email"]}),
        (
            "Permissions",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Times", {"fields": ["last_login", "date_joined"]}),
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "display_name" in form.changed_data:
            change_display_name(user=obj, name=obj.display_name)

    def has_change_permission(self, request, obj=None):
        # A form that was opened before the deletion would write name and e-mail address again.
        is_deleted = obj is not None and obj.username == f"{DELETED_PREFIX}{obj.pk}"
        return not is_deleted and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False  # the ledger refers to people; the action empties their rows instead

    def has_account_deletion_permission(self, request):
        return request.user.has_perm("users.delete_user")

    @admin.action(description="Delete the account", permissions=["account_deletion"])
    def delete_accounts(self, request, queryset):
        people = queryset.order_by("pk")
        if "confirmed" in request.POST:
            for person in people:
                self.delete_account(request, person)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete accounts",
            "opts": self.opts,
            "people": people.annotate(sessions=Count("library")),
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/accounts/delete_accounts.html", context)

    def delete_account(self, request, person):
        name = str(person)
        objection = objection_to_deleting(person, actor=request.user)
        if objection:
            self.message_user(request, f"{name}: {objection}", messages.ERROR)
            return
        delete_account(user=person)
        record("account-deleted", request, person=person.pk, staff=request.user.pk)
        person.refresh_from_db()
        self.log_change(request, person, "Account deleted.")
        self.message_user(request, f"{name}: deleted, now called {person}.", messages.SUCCESS)


def objection_to_deleting(person, *, actor) -> str | None:
    if person == actor:
        return "You cannot delete your own account here."
    if (person.is_staff or person.is_superuser) and not actor.is_superuser:
        return "Only superusers can delete the accounts of staff."
    return None


admin.site.unregister(Group)


@admin.register(Group)
class RightsAdmin(RecordsStaffDeeds, GroupAdmin):
    """Django's; a change of a group changes the rights of its people."""
