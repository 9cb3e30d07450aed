"""What django-allauth asks of us. The rules are those that the API has too."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.http import url_has_allowed_host_and_scheme

from joip.accounts.guesses import try_own_password
from joip.accounts.mails import send_mail
from joip.accounts.open_sign_ins import NO_ADDRESS
from joip.accounts.passwords import store_password
from joip.accounts.registration import refuse_when_closed
from joip.api.client_address import client_address
from joip.api.security_log import record


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        refuse_when_closed()
        return True

    def reauthenticate(self, user, password):
        return try_own_password(self.request, user=user, password=password)

    def set_password(self, user, password):
        """After "Forgotten password", the only form of allauth's that sets one."""
        if self.request.user == user:
            self.logout(self.request)  # its session ends like all others
        store_password(user=user, password=password)
        record("password-reset", self.request, person=user.pk)

    def send_mail(self, template_prefix, email, context):
        send_mail(to=email, template=template_prefix.rpartition("/")[2], **context)

    def send_notification_mail(self, *args, **kwargs):
        """None: allauth would look for the address in its own table."""

    def get_client_ip(self, request):
        return str(client_address(request) or NO_ADDRESS)

    def is_safe_url(self, url):
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def is_ajax(self, request):
        """Its script fetches what it needs to sign in with a passkey. Other pages are HTML."""
        return request.resolver_match.url_name == "mfa_login_webauthn"


class SecondFactorAdapter(DefaultMFAAdapter):
    def get_totp_label(self, user):
        return user.username

    def get_public_key_credential_user_entity(self, user):
        return super().get_public_key_credential_user_entity(user) | {"name": user.username}

    def _get_site_name(self):
        return "JOIP"
