from functools import cache

from credits.ledger import balance_when_read


def header(request) -> dict:
    """What the header of each page shows."""
    user = getattr(request, "user", None)  # none, where a page is shown before it is known
    if user is None or not user.is_authenticated:
        return {}
    return {"credits_left": cache(lambda: balance_when_read(user))}
