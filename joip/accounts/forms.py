"""The admin's forms that ask for a password or set one. Pages answer 429 where `refusal` is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPassword
from django.contrib.auth.forms import AdminPasswordChangeForm, AuthenticationForm
from django.core.exceptions import PermissionDenied, ValidationError

from joip.accounts.guesses import try_password
from joip.api.rate_limits import TooManyRequests
from joip.api.security_log import record
from joip.users.models import User


class SignInForm(AuthenticationForm):
    """Of pages; the admin's is below."""

    refusal: TooManyRequests | None = None

    def clean(self):
        with refused_in_words(self):
            return super().clean()


class LoginForm(SignInForm, AdminAuthenticationForm):
    def confirm_login_allowed(self, user):
        """The password is right, but only staff may sign in here."""
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            record("not-staff", self.request, person=user.pk)
            raise


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
            if try_password(
                self.request,
                username=self.user.get_username(),
                check=lambda: self.user.check_password(password),
            ):
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
        seconds = refusal.retry_after or 1
        when = f"{seconds} seconds" if seconds < 60 else f"{ceil(seconds / 60)} minutes"
        raise ValidationError(
            f"Too many wrong passwords. Please try again in {when}.", "throttled"
        ) from None


def with_status(response):
    form = (getattr(response, "context_data", None) or {}).get("form")
    if refusal := getattr(form, "refusal", None):
        response.status_code = refusal.status
        response["Retry-After"] = refusal.retry_after
    return response
