import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401  # registers what is taken out below
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.template.response import TemplateResponse
from django.urls import reverse

from community.models import CommunityShare
from credits.admin import GrantsCredits
from joip.accounts.deletion import delete_account
from joip.accounts.forms import PersonPasswordForm
from joip.accounts.profiles import edit_person
from joip.accounts.second_factors import has_second_factor, remove_second_factors
from joip.api.security_log import RecordsStaffDeeds, record
from joip.users.models import User
from joip.users.normal_forms import DELETED_PREFIX

RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]


@admin.register(User)
class PersonAdmin(RecordsStaffDeeds, GrantsCredits, UserAdmin):
    """Only superusers change rights, and anything of staff: a new password, user name or e-mail
    address is a way into the account.
    """

    is_about_people = True
    actions = [*GrantsCredits.actions, "remove_second_factor", "delete_accounts"]
    change_password_form = PersonPasswordForm
    list_display = ["username", "id", "display_name", "email", "is_staff"]
    search_fields = ["pk__exact", "username", "display_name", "email"]
    readonly_fields = ["email_confirmed_at", "second_factor", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["display_name", "email", "email_confirmed_at", "second_factor"]}),
        (
            "Permissions",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Times", {"fields": ["last_login", "date_joined"]}),
    ]

    def view_on_site(self, person):
        shares = CommunityShare.objects.open().filter(session__owner=person)
        is_shown = person.is_active and shares.exists()
        return reverse("creator", args=[person.pk]) if is_shown else None

    @admin.display(boolean=True)
    def second_factor(self, person):
        return has_second_factor(person)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, *RIGHTS]

    def save_model(self, request, obj, form, change):
        if not change:
            super().save_model(request, obj, form, change)
            return
        # As the person is now: deleted, or made staff, since the form was read.
        person = User.objects.select_for_update(no_key=True).get(pk=obj.pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        columns = {field.name for field in self.opts.fields}.intersection(form.changed_data)
        edit_person(person=obj, **{name: getattr(obj, name) for name in columns})

    def has_change_permission(self, request, obj=None):
        may_change = super().has_change_permission(request, obj)
        if obj is None or not may_change:
            return may_change
        # A form that was opened before the deletion would write name and e-mail address again.
        is_deleted = obj.username == f"{DELETED_PREFIX}{obj.pk}"
        is_staff = obj.is_staff or obj.is_superuser
        return not is_deleted and (request.user.is_superuser or not is_staff)

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
        counted = people.annotate(sessions=Count("library"))
        return self.ask(request, "delete_accounts", title="Delete accounts", people=counted)

    @admin.action(description="Remove a lost second factor", permissions=["change"])
    def remove_second_factor(self, request, queryset):
        people = queryset.order_by("pk")
        if "confirmed" not in request.POST:
            having = [person for person in people if has_second_factor(person)]
            title = "Remove the second factor"
            return self.ask(request, "remove_second_factor", title=title, people=having)
        for person in people:
            self.remove_factors_of(request, person)
        return None

    def ask(self, request, template, *, title, people):
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "people": people,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, f"admin/accounts/{template}.html", context)

    def remove_factors_of(self, request, person):
        if not self.has_change_permission(request, person):
            objection = "Only superusers can do that for staff."
            self.message_user(request, f"{person.username}: {objection}", messages.ERROR)
        elif remove_second_factors(user=person):
            record("second-factor-removed", request, person=person.pk, staff=request.user.pk)
            self.log_change(request, person, "Second factor removed.")
            done = f"{person.username}: the second factor is removed."
            self.message_user(request, done, messages.SUCCESS)

    def delete_account(self, request, person):
        name = person.username
        objection = objection_to_deleting(person, actor=request.user)
        if objection:
            self.message_user(request, f"{name}: {objection}", messages.ERROR)
            return
        delete_account(user=person)
        record("account-deleted", request, person=person.pk, staff=request.user.pk)
        person.refresh_from_db()
        self.log_change(request, person, "Account deleted.")
        done = f"{name}: deleted, now called {person.username}."
        self.message_user(request, done, messages.SUCCESS)


def objection_to_deleting(person, *, actor) -> str | None:
    if person == actor:
        return "You cannot delete your own account here."
    if (person.is_staff or person.is_superuser) and not actor.is_superuser:
        return "Only superusers can delete the accounts of staff."
    return None


# Secrets of second factors and keys of sessions are for nobody to read; the rest has no rows, or is
# shown on the page of a person.
admin.site.unregister(
    [Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession]
)


@admin.register(Group)
class SuperusersGroupAdmin(RecordsStaffDeeds, GroupAdmin):
    """A group gives rights, to whoever changes it too if they are in it."""

    search_fields = ["name"]

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
