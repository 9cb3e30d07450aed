"""allauth's forms for second factors, with our limit on guesses, and without errors for junk."""

import struct

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError

from joip.accounts.guesses import try_code
from joip.accounts.second_factors import is_first_use

MAX_CODE_LENGTH = 50
# What fido2 and allauth raise for credentials that no browser makes, and for wrong ones.
JUNK = (ArithmeticError, AttributeError, InvalidSignature, LookupError, TypeError, ValueError)


class LimitedCode:
    """Wrong codes count like wrong passwords. Raises TooManyRequests."""

    def clean_code(self):
        code = self.cleaned_data["code"]
        if len(code) <= MAX_CODE_LENGTH and try_code(
            context.request, user=self.user, check=self.is_right
        ):
            return code
        raise get_adapter().validation_error("incorrect_code")

    def is_right(self):
        try:
            return bool(super().clean_code())
        except ValidationError:
            return False


class CodeUsedOnce(LimitedCode):
    def is_right(self):
        return super().is_right() and is_first_use(self.user, self.cleaned_data["code"])


class AuthenticateForm(CodeUsedOnce, base.AuthenticateForm):
    pass


class ReauthenticateForm(CodeUsedOnce, base.ReauthenticateForm):
    pass


class ActivateTOTPForm(LimitedCode, totp.ActivateTOTPForm):
    pass


class RefusesJunk:
    def full_clean(self):
        try:
            super().full_clean()
        except (*JUNK, struct.error):
            self.cleaned_data = {}
            self.add_error(None, get_adapter().validation_error("incorrect_code"))


class AddPasskeyForm(RefusesJunk, webauthn.AddWebAuthnForm):
    pass


class PasskeyForm(RefusesJunk, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(RefusesJunk, webauthn.ReauthenticateWebAuthnForm):
    pass


class SignInPasskeyForm(RefusesJunk, webauthn.LoginWebAuthnForm):
    pass
