"""The forms of the page of one's account. Each asks for the password where a stranger at an open
browser could take the account over.
"""

from django import forms
from django.contrib.auth import logout
from django.core.exceptions import ValidationError

from joip.accounts.addresses import change_email, remove_email
from joip.accounts.deletion import delete_account
from joip.accounts.guesses import try_own_password
from joip.accounts.mails import count_mail
from joip.accounts.open_sign_ins import end_sign_ins, keep_only_this_sign_in
from joip.accounts.passwords import change_password
from joip.accounts.profiles import change_display_name
from joip.accounts.serializers import MAX_EMAIL_LENGTH
from joip.api.security_log import record
from joip.errors import InvalidFields
from joip.users.display_names import check_display_name
from joip.users.normal_forms import MAX_PASSWORD_LENGTH
from joip.visible_text import VisibleTextFormField


def password_field(autocomplete: str, **options) -> forms.CharField:
    return forms.CharField(
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": autocomplete}),
        **options,
    )


class OwnForm(forms.Form):
    """`save` does the deed and says what was done."""

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, auto_id=f"id_{type(self).__name__}_%s", **kwargs)
        self.request, self.user = request, request.user


class WithPassword(OwnForm):
    password = password_field("current-password", label="Your password")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.user.has_usable_password():
            del self.fields["password"]

    def clean_password(self):
        password = self.cleaned_data["password"]
        if not try_own_password(self.request, user=self.user, password=password):
            raise ValidationError("Wrong password.")


class NameForm(OwnForm):
    name = VisibleTextFormField(
        label="Display name",
        max_length=150,
        required=False,
        validators=[check_display_name],
        help_text="What others see beside what you share.",
        widget=forms.TextInput({"autocomplete": "nickname"}),
    )

    def save(self):
        change_display_name(user=self.user, name=self.cleaned_data["name"])
        return "Your display name is changed."


class EmailForm(WithPassword):
    email = forms.EmailField(
        label="E-mail address",
        max_length=MAX_EMAIL_LENGTH,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    field_order = ["email", "password"]

    def save(self):
        email = self.cleaned_data["email"]
        if not email:
            remove_email(user=self.user)
            record("email-removed", self.request, person=self.user.pk)
            return "Your account has no e-mail address any more."
        count_mail(self.request)
        record("email-asked", self.request, person=self.user.pk)
        change_email(user=self.user, email=email, site=self.request.build_absolute_uri("/"))
        return f"Open the link in the mail to {email}: the address counts from then on."


class PasswordForm(WithPassword):
    new = password_field("new-password", label="New password")

    def save(self):
        try:
            change_password(user=self.user, new_password=self.cleaned_data["new"])
        except InvalidFields as refusal:
            self.add_error("new", refusal.body["fields"]["newPassword"])
            return None
        keep_only_this_sign_in(self.request, self.user)
        record("password-changed", self.request, person=self.user.pk)
        return "Your password is changed. You are signed out everywhere else."


class SignOutOthersForm(OwnForm):
    def save(self):
        end_sign_ins(self.user, but=self.request.session.session_key)
        record("signed-out-elsewhere", self.request, person=self.user.pk)
        return "You are signed out everywhere else."


class DeletionForm(WithPassword):
    def clean(self):
        if "password" not in self.fields:
            raise ValidationError("Set a password first, so that only you can do this.")

    def save(self):
        delete_account(user=self.user)
        record("account-deleted", self.request, person=self.user.pk)
        logout(self.request)
        return "Your account is deleted."
