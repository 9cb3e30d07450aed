"""Signing up, in and out on pages. The rules are those of `joip.accounts`, like the API's."""

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from joip.accounts.forms import SignInForm, with_status
from joip.accounts.registration import count_sign_up, refuse_when_closed, register
from joip.accounts.serializers import RegisterSerializer
from joip.errors import InvalidFields
from joip.users.models import User
from joip.users.normal_forms import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH


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


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_up(request) -> HttpResponse:
    refuse_when_closed()
    form = SignUpForm(request.POST or None)
    if form.is_valid() and (user := form.register(request)):
        login(request, user)
        return redirect(following(request))
    address = request.POST.get("next") or request.GET.get("next", "")
    return render(request, "pages/sign_up.html", {"form": form, "next": address})


def following(request) -> str:
    """Where a person wanted to go before signing in or up; never another site."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else reverse("feed")


class SignInView(LoginView):
    template_name = "pages/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form):
        return with_status(super().form_invalid(form))

    def get_context_data(self, **kwargs):
        return super().get_context_data(registration_open=settings.REGISTRATION_OPEN, **kwargs)
