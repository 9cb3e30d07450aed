from functools import cache

from django.conf import settings

from credits.ledger import balance_when_read


def header(request) -> dict:
    """What the header of each page shows, and what is set up on this server."""
    set_up = {"mail_is_logged": settings.MAIL_IS_LOGGED, "oidc_name": settings.OIDC_NAME}
    user = getattr(request, "user", None)  # none, where a page is shown before it is known
    if user is None or not user.is_authenticated:
        return set_up
    return set_up | {"credits_left": cache(lambda: balance_when_read(user))}
