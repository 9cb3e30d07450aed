"""Signing up, in and out on pages: allauth's views, with the rules of `joip.accounts`."""

import logging
from functools import wraps

from allauth.account.utils import complete_signup
from allauth.account.views import LoginView, SignupView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from requests import RequestException

from joip.accounts.addresses import confirm_email, read_link
from joip.accounts.forms import SignInForm, with_status
from joip.accounts.openid_connect import OtherServerFails
from joip.accounts.registration import confirm_after_sign_up, count_sign_up, register
from joip.accounts.serializers import MAX_EMAIL_LENGTH, RegisterSerializer
from joip.errors import InvalidFields
from joip.users.models import User
from joip.users.normal_forms import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH

logger = logging.getLogger(__name__)

NOT_SENT = (
    "Your account is there, but the mail server cannot be reached. You can ask for the mail again "
    "on the page of your account."
)


class SignUpForm(forms.Form):
    username = forms.CharField(
        label="User name",
        max_length=MAX_USERNAME_LENGTH,
        help_text="To sign in with. Nobody else sees it.",
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    displayName = forms.CharField(
        label="Display name",
        max_length=150,
        required=False,
        help_text="What others see beside what you share. It can be changed later.",
        widget=forms.TextInput({"autocomplete": "nickname"}),
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=MAX_EMAIL_LENGTH,
        required=False,
        help_text="May be left out. It brings you back in if you forget your password.",
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    password = forms.CharField(
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def register(self, request) -> User | None:
        """The new person; None if something is wrong, which the form then says."""
        serializer = RegisterSerializer(data=self.cleaned_data)
        if not serializer.is_valid():
            self.add_errors(serializer.errors)
            return None
        count_sign_up(request)
        try:
            return register(**serializer.validated_data)
        except InvalidFields as refusal:
            self.add_errors(refusal.body["fields"])
            return None

    def add_errors(self, problems: dict[str, list[str]]) -> None:
        for name, sentences in problems.items():
            self.add_error(name if name in self.fields else None, sentences)


class SignUpView(SignupView):
    template_name = "pages/sign_up.html"

    def get_form_class(self):
        return SignUpForm

    def form_valid(self, form):
        user = form.register(self.request)
        if user is None:
            return self.form_invalid(form)
        if not confirm_after_sign_up(self.request, user):
            messages.warning(self.request, NOT_SENT)
        return complete_signup(self.request, user, None, self.get_success_url())


class SignInView(LoginView):
    template_name = "pages/sign_in.html"

    def get_form_class(self):
        return SignInForm

    def form_invalid(self, form):
        return with_status(super().form_invalid(form))

    def get_context_data(self, **kwargs):
        return super().get_context_data(registration_open=settings.REGISTRATION_OPEN, **kwargs)


class PasskeySignInView(LoginWebAuthnView):
    def form_invalid(self, form):
        return render(self.request, "pages/passkey_refused.html", status=400)


def of_other_server(view):
    """allauth does not catch a server that is down, or describes itself wrongly."""

    @wraps(view)
    def answer(request, provider_id):
        try:
            return view(request, provider_id)
        except (RequestException, KeyError) as error:
            logger.error("OpenID Connect fails: %r", error)
            raise OtherServerFails from None

    return answer


to_other_server = of_other_server(openid_connect.login)
from_other_server = of_other_server(openid_connect.callback)


def confirm(request, key) -> HttpResponse:
    """Asks first: programs that read mails open their links too."""
    _, email = read_link(key)
    if request.method != "POST":
        return render(request, "pages/confirm_email.html", {"email": email})
    confirm_email(key=key)
    messages.success(request, f"{email} is confirmed.")
    return redirect("account")
