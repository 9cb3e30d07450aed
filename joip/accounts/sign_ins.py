"""How long a sign-in lasts, in the API and in the admin, and what a browser remembers of it.

Sign-ins of staff end a day after they began, those of others after SESSION_COOKIE_AGE of disuse.
Who is staff is asked with every request, so it may change meanwhile.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from joip.accounts.known_browsers import remember_sign_in
from joip.accounts.open_sign_ins import note_open_sign_in
from joip.api.security_log import record

STAFF_SIGN_IN = timedelta(days=1)


class SignInMiddleware(AuthenticationMiddleware):
    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(partial(person_of, request))

    def process_response(self, request, response):
        if username := getattr(request, "signed_in_as", None):
            remember_sign_in(request, response, username)
        return response


@receiver(user_logged_in)
def note_sign_in(sender, request, user, **kwargs):
    """Django's `login` calls this, whichever view it is in; only the middleware has a response."""
    record("signed-in", request, person=user.pk)
    request.signed_in_as = user.get_username()
    request.session["signed_in_at"] = timezone.now().timestamp()
    request.session["seen"] = None
    renew(request.session, user)
    note_open_sign_in(request, user)


def person_of(request):
    user = get_user(request)
    if user.is_authenticated and not renew(request.session, user):
        request.session.flush()
        return AnonymousUser()
    return user


def renew(session, user) -> bool:
    """Whether the sign-in still lasts. Prolongs those of members."""
    now, is_staff = timezone.now(), user.is_staff or user.is_superuser
    ends = None  # SESSION_COOKIE_AGE after the session was saved
    if is_staff:
        ends = datetime.fromtimestamp(session.get("signed_in_at", 0), UTC) + STAFF_SIGN_IN
        if ends <= now:
            return False
    # So that the session is saved once a day, not with every request.
    seen = f"{now:%Y-%m-%d} {'staff' if is_staff else 'member'}"
    if session.get("seen") != seen:
        session["seen"] = seen
        session.set_expiry(ends)
    return True
