"""Which accounts a browser has signed in to before: strangers cannot slow down its sign-ins.

The cookie holds a random id of the browser and, for each account, a signature over this id and
the user name, so it says to nobody which accounts these are. It outlives signing out, and
SECRET_KEY_FALLBACKS keeps it valid while SECRET_KEY is replaced.
"""

import re
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.core.signing import BadSignature, Signer

COOKIE = "known_browser"
COOKIE_SECONDS = 365 * 24 * 3600  # from the last sign-in
MAX_ACCOUNTS = 10
WELL_FORMED = re.compile(r"[\w-]{22}(\.[\w-]{43})*", re.ASCII)


def known_browser(request, username: str) -> str | None:
    """The id of the browser, if it has signed in to this account before."""
    browser, proofs = read_cookie(request)
    known = any(is_proof(proof, browser, username) for proof in proofs)
    return browser if known else None


def remember_sign_in(request, response, username: str) -> None:
    browser, proofs = read_cookie(request)
    others = [proof for proof in proofs if not is_proof(proof, browser, username)]
    proof = signer().signature(signed_text(browser, username))
    response.set_cookie(
        COOKIE,
        ".".join([browser, proof, *others][: MAX_ACCOUNTS + 1]),
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def read_cookie(request) -> tuple[str, list[str]]:
    cookie = request.COOKIES.get(COOKIE, "")
    if not WELL_FORMED.fullmatch(cookie):
        return token_urlsafe(16), []
    browser, *proofs = cookie.split(".")
    return browser, proofs[:MAX_ACCOUNTS]


def is_proof(proof: str, browser: str, username: str) -> bool:
    try:
        signer().unsign(f"{signed_text(browser, username)}:{proof}")
    except BadSignature:
        return False
    return True


def signer() -> Signer:
    return Signer(salt="joip.accounts.known_browsers")


def signed_text(browser: str, username: str) -> str:
    return f"{browser}:{sha256(username.encode(errors='surrogatepass')).hexdigest()}"
