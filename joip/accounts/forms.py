"""Forms that ask for a password or set one, of pages and the admin. Where `refusal` is set, pages
answer 429.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPassword
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.module_loading import import_string

from joip.accounts.guesses import try_own_password
from joip.accounts.mails import count_mail, send_mail
from joip.accounts.open_sign_ins import end_sign_ins
from joip.accounts.serializers import MAX_EMAIL_LENGTH
from joip.api.rate_limits import TooManyRequests
from joip.api.security_log import record
from joip.users.models import User


class SignInForm(forms.Form):
    """What the sign-in page asks. Stages of allauth follow, a second factor for example."""

    refusal: TooManyRequests | None = None

    username = forms.CharField(
        label="User name or e-mail address",
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self):
        username, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if not (username and password):
            return
        with refused_in_words(self):
            self.user = authenticate(self.request, username=username, password=password)
        if self.user is None:
            raise ValidationError(
                "This user name, or confirmed address, and this password do not belong together."
            )

    def login(self, request, redirect_url=None):
        return perform_login(request, self.user, redirect_url=redirect_url)


class ForgottenPasswordForm(forms.Form):
    """Answers the same whoever has the address."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )

    def save(self, request):
        count_mail(request)
        email = self.cleaned_data["email"]
        holder = User.objects.holding(email)
        if holder is None:
            send_mail(to=None, template="password_reset_key")
            return
        generator = import_string(settings.ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR)()
        request_password_reset(request, holder.email, [holder], generator)


class WritesOnlyThePassword:
    """Django's forms write the whole row, and would bring back an account deleted meanwhile."""

    def set_password_and_save(self, user, *names, commit=True):
        user = super().set_password_and_save(user, *names, commit=False)
        # Still who they were when the right to do this was checked: not deleted, nor made staff.
        same = User.objects.filter(
            pk=user.pk,
            username=user.username,
            is_staff=user.is_staff,
            is_superuser=user.is_superuser,
        )
        if not same.update(password=user.password):
            raise PermissionDenied
        end_sign_ins(user)
        return user


class PersonPasswordForm(WritesOnlyThePassword, AdminPasswordChangeForm):
    pass


class OwnPasswordForm(WritesOnlyThePassword, OwnPassword):
    refusal: TooManyRequests | None = None

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self):
        password = self.cleaned_data["old_password"]
        with refused_in_words(self):
            if try_own_password(self.request, user=self.user, password=password):
                return password
        raise ValidationError(self.error_messages["password_incorrect"], "password_incorrect")

    def save(self, commit=True):
        record("password-changed", self.request, person=self.user.pk)
        return super().save(commit)


@contextmanager
def refused_in_words(form) -> Iterator[None]:
    try:
        yield
    except TooManyRequests as refusal:
        form.refusal = refusal
        raise ValidationError(
            f"Too many wrong passwords. Please try again in {refusal.wait}.", "throttled"
        ) from None


def with_status(response):
    form = (getattr(response, "context_data", None) or {}).get("form")
    if refusal := getattr(form, "refusal", None):
        response.status_code = refusal.status
        response["Retry-After"] = refusal.retry_after
    return response
