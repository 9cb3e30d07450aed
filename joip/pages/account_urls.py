"""Addresses of signing in and of one's account. Of allauth's pages only those in use are here; its
names stand beside ours, since it looks its own pages up by them.
"""

from functools import wraps

from allauth.account import views as accounts
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as providers
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from joip.api.bodies import BodyTooLarge
from joip.pages.account import FORMS, account, change_account
from joip.pages.signing_in import (
    PasskeySignInView,
    SignInView,
    SignUpView,
    confirm,
    from_other_server,
    to_other_server,
)

MAX_FORM_BYTES = 50_000  # pages show again what was typed; a passkey's answer takes a few thousand


def own_page(view):
    """No browser keeps these pages, and long forms are not read."""

    @never_cache
    @wraps(view)
    def answer(request, *args, **kwargs):
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM_BYTES:
            raise BodyTooLarge
        return view(request, *args, **kwargs)

    return answer


def answering(view):
    """A form that is refused is 400."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        errors = [getattr(context.get(name), "errors", None) for name in ("form", "webauthn_form")]
        if response.status_code == 200 and (any(errors) or context.get("token_fail")):
            response.status_code = 400
        return response

    return own_page(answer)


sign_in, sign_up = own_page(SignInView.as_view()), own_page(SignUpView.as_view())
sign_out = answering(accounts.logout)

ALLAUTH = {
    "accounts/login/": (sign_in, "account_login"),
    "accounts/signup/": (sign_up, "account_signup"),
    "accounts/logout/": (accounts.logout, "account_logout"),
    "accounts/inactive/": (accounts.account_inactive, "account_inactive"),
    "accounts/reauthenticate/": (accounts.reauthenticate, "account_reauthenticate"),
    "accounts/password/reset/": (accounts.password_reset, "account_reset_password"),
    "accounts/password/reset/done/": (
        accounts.password_reset_done,
        "account_reset_password_done",
    ),
    "accounts/password/reset/key/done/": (
        accounts.password_reset_from_key_done,
        "account_reset_password_from_key_done",
    ),
    "accounts/2fa/authenticate/": (second_factor.authenticate, "mfa_authenticate"),
    "accounts/2fa/reauthenticate/": (second_factor.reauthenticate, "mfa_reauthenticate"),
    "accounts/2fa/totp/activate/": (totp.activate_totp, "mfa_activate_totp"),
    "accounts/2fa/totp/deactivate/": (totp.deactivate_totp, "mfa_deactivate_totp"),
    "accounts/2fa/recovery-codes/": (
        recovery_codes.view_recovery_codes,
        "mfa_view_recovery_codes",
    ),
    "accounts/2fa/recovery-codes/generate/": (
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
    ),
    "accounts/2fa/recovery-codes/download/": (
        recovery_codes.download_recovery_codes,
        "mfa_download_recovery_codes",
    ),
    "accounts/2fa/passkeys/": (passkeys.list_webauthn, "mfa_list_webauthn"),
    "accounts/2fa/passkeys/add/": (passkeys.add_webauthn, "mfa_add_webauthn"),
    "accounts/2fa/passkeys/login/": (PasskeySignInView.as_view(), "mfa_login_webauthn"),
    "accounts/2fa/passkeys/reauthenticate/": (
        passkeys.reauthenticate_webauthn,
        "mfa_reauthenticate_webauthn",
    ),
    "accounts/2fa/passkeys/<int:pk>/edit/": (passkeys.edit_webauthn, "mfa_edit_webauthn"),
    "accounts/2fa/passkeys/<int:pk>/remove/": (passkeys.remove_webauthn, "mfa_remove_webauthn"),
    "accounts/providers/": (providers.connections, "socialaccount_connections"),
    "accounts/providers/cancelled/": (providers.login_cancelled, "socialaccount_login_cancelled"),
    "accounts/providers/error/": (providers.login_error, "socialaccount_login_error"),
    "accounts/providers/<str:provider_id>/login/": (to_other_server, "openid_connect_login"),
    "accounts/providers/<str:provider_id>/login/callback/": (
        from_other_server,
        "openid_connect_callback",
    ),
}
KEPT_AT_200 = {"account_login", "account_signup"}  # as they always were

urlpatterns = [
    path("account", own_page(account), name="account"),
    *[
        path(
            f"account/{part}",
            own_page(change_account),
            {"part": part},
            name=f"change_account_{part}",
        )
        for part in FORMS
    ],
    path("accounts/login/", sign_in, name="sign_in"),
    path("accounts/signup/", sign_up, name="sign_up"),
    path("accounts/logout/", sign_out, name="sign_out"),
    path("accounts/email/confirm/<str:key>/", own_page(confirm), name="confirm_email"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        answering(accounts.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("accounts/2fa/", RedirectView.as_view(pattern_name="account"), name="mfa_index"),
    *[
        path(address, view if name in KEPT_AT_200 else answering(view), name=name)
        for address, (view, name) in ALLAUTH.items()
    ],
]
