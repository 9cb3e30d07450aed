from django.contrib.auth.backends import ModelBackend

from joip.accounts.guesses import try_password
from joip.users.models import User


class GuardedBackend(ModelBackend):
    """Counts the wrong passwords of every sign-in that asks `authenticate`, by user name or by
    confirmed e-mail address.

    Raises TooManyRequests. A sign-in without a request is one of our own code, not of a client.
    """

    def authenticate(self, request, username=None, password=None, **kwargs):
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password, **kwargs)
        name = User.objects.user_name_of(username)
        return try_password(
            request,
            username=name,
            check=lambda: super(GuardedBackend, self).authenticate(request, name, password),
        )
