"""Wrong passwords, counted by client address and by account, on every way in.

- After RATE_LIMIT_FAILED_LOGINS wrong ones from an address, it waits until its window ends.
- After MAX_ACCOUNT_FAILURES wrong ones for an account, from wherever, browsers that do not know the
  account share one try in SECONDS_BETWEEN_TRIES.
- A browser that has signed in to the account before is held back by its own failures only. So a
  stranger can slow down strangers, and cannot lock anybody out.

An account counts whether or not it exists, so the answers do not tell which accounts do.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings

from joip.accounts.attempts import add_attempt, attempts_in, count_to, key_of, take_turn
from joip.accounts.known_browsers import known_browser
from joip.api.client_address import client_network
from joip.api.rate_limits import TooManyRequests
from joip.api.security_log import record
from joip.users.models import User
from joip.users.normal_forms import normal_username

MAX_ACCOUNT_FAILURES = 50
ACCOUNT_WINDOW_SECONDS = 3600
SECONDS_BETWEEN_TRIES = 5
MAX_CODES = 20


def try_password(
    request, *, username: str, check: Callable[[], Any], event: str = "wrong-password"
) -> Any:
    """Return what `check` returns; if that is false, count a wrong password."""
    guess = Guess(request, username)
    try:
        found = check_within_limits(guess, check)
    except TooManyRequests:
        record("throttled", request, person=guess.person())
        raise
    if not found:
        record(event, request, person=guess.person())
    return found


def try_own_password(request, *, user: User, password: str) -> bool:
    return try_password(
        request, username=user.username, check=lambda: user.check_password(password)
    )


def try_code(request, *, user: User, check: Callable[[], Any]) -> Any:
    """Like `try_password`, for the codes of a second factor. They are short, so MAX_CODES are tried
    in an hour for one account, from wherever: only who knows its password comes so far.
    """
    codes = key_of("code", str(user.pk))
    count_to(MAX_CODES, request, key=codes, seconds=ACCOUNT_WINDOW_SECONDS, person=user.pk)
    return try_password(request, username=user.username, check=check, event="wrong-code")


def check_within_limits(guess: "Guess", check: Callable[[], Any]) -> Any:
    has_turn = guess.refuse_if_held_back(guess.failures())
    found = check()
    # Asked again, since other guesses may have failed in the meantime: guesses that are sent at
    # once must not learn more than guesses that are sent one after another.
    if not found:
        guess.refuse_if_held_back(guess.add_failure(), has_turn=has_turn)
        return found
    try:
        guess.refuse_if_held_back(guess.failures(), has_turn=has_turn)
    except TooManyRequests:
        guess.add_failure()  # like a wrong one, or the time of the answer would tell them apart
        raise
    return found


class Failures(NamedTuple):
    """Before this guess."""

    of_client: int
    of_account: int
    seconds_left: int  # in the window of the client


class Guess:
    def __init__(self, request, username: str):
        self.name = name = normal_username(username)
        browser = known_browser(request, name)
        self.is_known = browser is not None
        self.account = key_of("account", name)
        self.address = key_of("address", client_network(request))
        self.client = key_of("browser", browser, name) if browser else self.address

    def person(self) -> int | None:
        user = User.objects.named(self.name)
        return user.pk if user else None

    def failures(self) -> Failures:
        client, account = attempts_in(self.client), attempts_in(self.account)
        return Failures(client.attempts, account.attempts, client.seconds_left)

    def add_failure(self) -> Failures:
        seconds = settings.RATE_LIMIT_SECONDS
        client = add_attempt(self.client, seconds=seconds)
        account = add_attempt(self.account, seconds=ACCOUNT_WINDOW_SECONDS)
        if self.is_known:
            add_attempt(self.address, seconds=seconds)
        return Failures(client.attempts - 1, account.attempts - 1, client.seconds_left)

    def refuse_if_held_back(self, failures: Failures, *, has_turn: bool = False) -> bool:
        """Whether this guess has the account's turn."""
        limit = settings.RATE_LIMIT_FAILED_LOGINS
        if limit and failures.of_client >= limit:
            raise TooManyRequests(retry_after=failures.seconds_left)
        if has_turn or self.is_known or failures.of_account < MAX_ACCOUNT_FAILURES:
            return has_turn
        if not take_turn(self.account, seconds=SECONDS_BETWEEN_TRIES):
            raise TooManyRequests(retry_after=SECONDS_BETWEEN_TRIES)
        return True
