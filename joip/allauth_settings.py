"""Settings of django-allauth that no variable changes; `joip.settings` takes them over.

Which names, passwords, addresses and guesses are accepted is decided in `joip.accounts`, so the
forms are ours where they ask for one, and allauth's own limits are off.
"""

ACCOUNT_ADAPTER = "joip.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
# `joip.accounts.addresses` confirms them: the table of addresses that allauth has stays empty.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_FORMS = {"reset_password": "joip.accounts.forms.ForgottenPasswordForm"}

MFA_ADAPTER = "joip.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
MFA_TOTP_ISSUER = "JOIP"
MFA_TOTP_TOLERANCE = 1  # clocks of phones may be half a minute wrong
MFA_FORMS = {
    "authenticate": "joip.accounts.second_factor_forms.AuthenticateForm",
    "reauthenticate": "joip.accounts.second_factor_forms.ReauthenticateForm",
    "activate_totp": "joip.accounts.second_factor_forms.ActivateTOTPForm",
    "add_webauthn": "joip.accounts.second_factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "joip.accounts.second_factor_forms.PasskeyForm",
    "reauthenticate_webauthn": "joip.accounts.second_factor_forms.ReauthenticatePasskeyForm",
    "login_webauthn": "joip.accounts.second_factor_forms.SignInPasskeyForm",
}

SOCIALACCOUNT_ADAPTER = "joip.accounts.openid_connect.OpenIDConnectAdapter"
