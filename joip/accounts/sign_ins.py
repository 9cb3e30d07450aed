"""What follows from signing in, in the API and in the admin."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from joip.accounts.known_browsers import remember_sign_in


@receiver(user_logged_in)
def note_sign_in(sender, request, user, **kwargs):
    """Django's `login` calls this, whichever view it is in; only the middleware has a response."""
    request.signed_in_as = user.get_username()


class SignInMiddleware(AuthenticationMiddleware):
    def process_response(self, request, response):
        if username := getattr(request, "signed_in_as", None):
            remember_sign_in(request, response, username)
        return response
