"""How many wrong passwords are told, to whom, and on every way in."""

from datetime import timedelta
from itertools import count

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client, RequestFactory
from django.utils import timezone

from joip.accounts.guesses import MAX_ACCOUNT_FAILURES, try_password
from joip.accounts.models import AttemptCount
from joip.api.rate_limits import TooManyRequests
from tests.factories import make_person
from tests.servers import free_port
from tests.threads import all_at_once

FAILURES = 3
PASSWORD = "a-long-walk-by-the-sea"
TOO_MANY = {"error": "Too Many Requests", "message": "Too many requests, please try again later"}


@pytest.fixture(autouse=True)
def ines(transactional_db, settings):
    settings.RATE_LIMIT_FAILED_LOGINS = FAILURES
    settings.RATE_LIMIT_SECONDS = 900
    return make_person("ines", password=PASSWORD, is_staff=True)


def login(password, *, client=None, username="ines", address="203.0.113.1", **headers):
    body = {"username": username, "password": password}
    return (client or Client()).post(
        "/api/auth/login", body, "application/json", REMOTE_ADDR=address, headers=headers
    )


def admin_login(password, *, client=None, username="ines", address="203.0.113.1"):
    body = {"username": username, "password": password, "next": "/admin/"}
    return (client or Client()).post("/accounts/login/", body, REMOTE_ADDR=address)


NEW_ADDRESSES = (f"198.51.{number // 250}.{number % 250}" for number in count())


def fail(times, **more):
    """Wrong passwords, each from an address of its own."""
    return [login("wrong", address=next(NEW_ADDRESSES), **more).status_code for _ in range(times)]


def fail_often(times=MAX_ACCOUNT_FAILURES, **more):
    """As if so many wrong passwords had been tried for one account."""
    fail(1, **more)
    AttemptCount.objects.filter(key__startswith="account:").update(attempts=times)


def let_pass(**time):
    earlier = timedelta(**time)
    AttemptCount.objects.update(
        window_ends_at=F("window_ends_at") - earlier, next_turn_at=F("next_turn_at") - earlier
    )


def test_after_a_few_failures_an_address_has_to_wait_with_right_passwords_too():
    for _ in range(FAILURES):
        assert login("wrong").status_code == 401
    for password in ("wrong", PASSWORD):
        answer = login(password)
        seconds = int(answer["Retry-After"])
        assert (answer.status_code, answer.json()) == (429, TOO_MANY | {"retryAfter": seconds})
        assert 60 < seconds <= 900
    assert login(PASSWORD, address="203.0.113.2").status_code == 200
    let_pass(seconds=901)
    assert login(PASSWORD).status_code == 200


def test_a_right_password_is_not_counted():
    assert {login(PASSWORD).status_code for _ in range(FAILURES + 2)} == {200}
    assert login("wrong").status_code == 401


def test_an_address_is_not_limited_where_the_limit_is_0(settings):
    settings.RATE_LIMIT_FAILED_LOGINS = 0
    assert {login("wrong").status_code for _ in range(FAILURES + 2)} == {401}


def test_an_account_that_is_guessed_at_from_everywhere_is_slowed_down():
    assert fail(MAX_ACCOUNT_FAILURES) == [401] * MAX_ACCOUNT_FAILURES
    assert login("wrong").status_code == 401  # the one try in five seconds
    answer = login(PASSWORD)
    assert (answer.status_code, answer.json()) == (429, TOO_MANY | {"retryAfter": 5})
    let_pass(seconds=5)
    assert login(PASSWORD).status_code == 200
    assert login(PASSWORD, address="203.0.113.2").status_code == 429
    let_pass(hours=1)
    assert login(PASSWORD, address="203.0.113.2").status_code == 200


def test_a_name_is_one_account_however_it_is_written():
    fail_often(MAX_ACCOUNT_FAILURES - 2)
    for name in ("Ines", "INES", "\uff49nes"):
        assert fail(1, username=name) == [401]
    assert login(PASSWORD).status_code == 429


def test_the_answers_do_not_tell_whether_an_account_exists():
    for name in ("ines", "nobody"):
        fail_often(username=name)
        assert login("wrong", username=name).status_code == 401
        answer = login("wrong", username=name)
        assert (answer.status_code, answer.json()) == (429, TOO_MANY | {"retryAfter": 5})


def test_a_browser_that_has_signed_in_before_is_not_held_back():
    browser, staff_browser = Client(), Client()
    assert login(PASSWORD, client=browser).status_code == 200
    assert admin_login(PASSWORD, client=staff_browser).status_code == 302
    assert browser.post("/api/auth/logout").status_code == 200
    for _ in range(FAILURES):
        login("wrong")
    fail_often()
    assert login(PASSWORD, address="203.0.113.2").status_code == 200
    assert login(PASSWORD, address="203.0.113.2").status_code == 429
    assert login(PASSWORD, client=browser).status_code == 200
    assert admin_login(PASSWORD, client=browser).status_code == 302
    assert login(PASSWORD, client=staff_browser).status_code == 200


def test_a_known_browser_has_its_own_few_failures():
    browser = Client()
    login(PASSWORD, client=browser)
    for number in range(FAILURES):
        answer = login("wrong", client=browser, address=f"198.51.100.{number}")
        assert answer.status_code == 401
    assert login(PASSWORD, client=browser).status_code == 429
    assert login(PASSWORD).status_code == 200


def test_a_browser_is_known_to_those_who_signed_in_with_it_only():
    make_person("theo", password=PASSWORD)
    browser = Client()
    login(PASSWORD, client=browser, username="theo")
    fail_often()
    assert login("wrong").status_code == 401
    assert login(PASSWORD, client=browser).status_code == 429
    let_pass(seconds=5)
    assert login(PASSWORD, client=browser).status_code == 200
    for username in ("ines", "theo"):
        assert login(PASSWORD, client=browser, username=username).status_code == 200


@pytest.mark.parametrize("cookie", ["junk", "a" * 22 + "." + "b" * 43, "ü", "x" * 5000, "."])
def test_a_forged_cookie_makes_no_known_browser(cookie):
    fail_often()
    assert login("wrong").status_code == 401
    assert login(PASSWORD, cookie=f"known_browser={cookie}").status_code == 429
    let_pass(seconds=5)
    assert login(PASSWORD, cookie=f"known_browser={cookie}").status_code == 200


def test_the_cookie_is_for_servers_only_and_outlives_a_new_secret_key(settings):
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    cookie = login(PASSWORD, client=browser).cookies["known_browser"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert (cookie["path"], cookie["max-age"]) == ("/", 31_536_000)
    assert "ines" not in cookie.value
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    fail_often()
    assert login("wrong").status_code == 401
    assert login(PASSWORD, client=browser).status_code == 200


def test_the_cookie_remembers_ten_accounts():
    browser = Client()
    for number in range(12):
        make_person(f"person-{number}", password=PASSWORD)
        login(PASSWORD, client=browser, username=f"person-{number}")
    assert browser.cookies["known_browser"].value.count(".") == 10


def test_the_page_says_when_to_try_again():
    for _ in range(FAILURES):
        assert admin_login("wrong").status_code == 200
    answer = admin_login(PASSWORD)
    assert answer.status_code == 429
    assert 60 < int(answer["Retry-After"]) <= 900
    assert "Too many wrong passwords. Please try again in 15 minutes." in answer.content.decode()
    assert login(PASSWORD).status_code == 429
    fail_often()
    admin_login("wrong", address="203.0.113.2")
    answer = admin_login(PASSWORD, address="203.0.113.2")
    assert "Too many wrong passwords. Please try again in 5 seconds." in answer.content.decode()


def confirm(method, path, password):
    """Somebody signed in confirms what they do with their password; the answer's status."""

    def ask(client):
        body = {"password": password} if method == "delete" else {"currentPassword": password}
        if method == "post":
            body["newPassword"] = "over-hill-and-dale"
        return getattr(client, method)(path, body, "application/json").status_code

    return ask


def change_in_admin(password):
    new = "over-hill-and-dale"
    body = {"old_password": password, "new_password1": new, "new_password2": new}
    return lambda client: client.post("/admin/password_change/", body).status_code


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        (*(confirm("post", "/api/auth/password", word) for word in ("wrong", PASSWORD)), 400),
        (*(confirm("delete", "/api/auth/user", word) for word in ("wrong", PASSWORD)), 400),
        (*(change_in_admin(word) for word in ("wrong", PASSWORD)), 200),
    ],
    ids=["change", "delete", "admin"],
)
def test_a_wrong_password_of_somebody_signed_in_counts_too(ines, wrong, right, told):
    client = Client()
    client.force_login(ines)
    assert [wrong(client) for _ in range(FAILURES + 1)] == [told] * FAILURES + [429]
    assert right(client) == 429
    assert login(PASSWORD, address="127.0.0.1").status_code == 429
    ines.refresh_from_db()
    assert ines.is_active
    assert ines.check_password(PASSWORD)
    let_pass(seconds=901)
    assert right(client) in (200, 204, 302)


def test_guesses_sent_at_once_are_told_no_more_than_the_limit():
    answers = all_at_once(*[lambda: login("wrong").status_code] * 10)
    assert sorted(answers) == [401] * FAILURES + [429] * (10 - FAILURES)


def test_of_guesses_sent_at_once_at_a_slowed_account_one_is_told():
    fail_often()
    guesses = [lambda n=n: login("wrong", address=f"203.0.113.{n}").status_code for n in range(8)]
    assert sorted(all_at_once(*guesses)) == [401] + [429] * 7


def test_guesses_sent_at_once_share_what_an_account_has_left():
    fail_often(MAX_ACCOUNT_FAILURES - 2)
    guesses = [lambda n=n: login("wrong", address=f"203.0.113.{n}").status_code for n in range(8)]
    assert sorted(all_at_once(*guesses)) == [401] * 3 + [429] * 5


def test_a_right_guess_is_not_told_when_others_failed_meanwhile(ines):
    def check():
        for _ in range(FAILURES):
            login("wrong")
        return ines

    request = RequestFactory().post("/api/auth/login", REMOTE_ADDR="203.0.113.1")
    with pytest.raises(TooManyRequests):
        try_password(request, username="ines", check=check)


def test_wrong_passwords_count_while_the_cache_fails(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}",
        }
    }
    assert [login("wrong").status_code for _ in range(FAILURES + 1)] == [401] * FAILURES + [429]


def test_counts_hold_no_names_and_go_when_they_are_old(capsys):
    login("wrong")
    assert AttemptCount.objects.count() == 2
    assert not AttemptCount.objects.filter(key__contains="ines").exists()
    assert not AttemptCount.objects.filter(key__contains="203.0.113").exists()
    call_command("clear_expired")
    assert AttemptCount.objects.count() == 2
    AttemptCount.objects.update(window_ends_at=timezone.now() - timedelta(hours=2))
    call_command("clear_expired")
    assert not AttemptCount.objects.exists()
