"""E-mail addresses: confirming, changing and forgetting; what mails say, what answers do not."""

import re
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client

from joip.accounts.mails import MAX_MAILS_TO_ONE_ADDRESS
from joip.users.models import User
from tests.factories import make_person
from tests.servers import free_port
from tests.test_account_pages import NEW_PASSWORD, PASSWORD, change, signed_in
from tests.test_pages import text_of
from tests.test_settings import start

ADDRESS = "ada@example.org"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada():
    return make_person("ada", password=PASSWORD)


@pytest.fixture
def no_mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def sign_up(**fields):
    form = {"username": "ben", "displayName": "Ben", "password": PASSWORD} | fields
    return Client().post("/accounts/signup/", form)


def link(number=-1):
    return re.search(r"http://testserver(/\S+)", mail.outbox[number].body)[1]


def confirm(client=None, path=None):
    return (client or Client()).post(path or link(), follow=True)


def confirmed(person):
    person.refresh_from_db()
    return (person.email if person.email_confirmed_at else "", person.unconfirmed_email)


def owner_of(address):
    person = make_person("owner", password=PASSWORD, email=address)
    person.email_confirmed_at = person.date_joined
    person.save()
    return person


def forget(address=ADDRESS):
    return Client().post("/accounts/password/reset/", {"email": address})


def sign_in_on_page(name):
    form = {"username": name, "password": PASSWORD}
    return Client().post("/accounts/login/", form).status_code == 302


@pytest.mark.parametrize("way", ["page", "API"])
def test_an_address_given_at_sign_up_is_confirmed_by_a_mail(way):
    if way == "page":
        assert sign_up(email="Ben@Example.org").status_code == 302
    else:
        body = {"username": "ben", "password": PASSWORD, "email": "Ben@Example.org"}
        assert Client().post("/api/auth/register", body, "application/json").status_code == 201
    ben = User.objects.get()
    assert confirmed(ben) == ("", "ben@example.org")
    assert mail.outbox[0].to == ["ben@example.org"]
    assert "Is ben@example.org yours?" in text_of(Client().get(link()))
    assert confirmed(ben) == ("", "ben@example.org")
    confirm()
    assert confirmed(ben) == ("ben@example.org", "")


def test_an_address_may_be_left_out():
    assert sign_up().status_code == 302
    assert (User.objects.get().email, mail.outbox) == ("", [])


def test_one_signs_in_with_a_confirmed_address_only(ada):
    User.objects.update(email=ADDRESS)
    assert not sign_in_on_page(ADDRESS)
    User.objects.update(email_confirmed_at=ada.date_joined)
    assert sign_in_on_page("Ada@Example.org")
    assert sign_in_on_page("ada")


def test_an_address_and_a_user_name_are_one_account_for_guesses(settings):
    settings.RATE_LIMIT_FAILED_LOGINS = 0
    owner_of(ADDRESS)
    from joip.accounts.models import AttemptCount

    for name in ("owner", ADDRESS, "OWNER"):
        Client().post("/accounts/login/", {"username": name, "password": "wrong"})
    assert AttemptCount.objects.get(key__startswith="account:").attempts == 3


def test_a_user_name_that_looks_like_an_address_stays_its_owners(ada):
    make_person(ADDRESS, password=NEW_PASSWORD)
    User.objects.filter(pk=ada.pk).update(email=ADDRESS, email_confirmed_at=ada.date_joined)
    signed_in(ADDRESS, NEW_PASSWORD)
    assert not sign_in_on_page(ADDRESS)
    assert sign_in_on_page("ada")


def test_the_old_address_stays_until_the_new_one_is_confirmed(ada):
    here = signed_in()
    change(here, "email", email="old@example.org", password=PASSWORD)
    confirm(here)
    answer = change(here, "email", email=ADDRESS, password=PASSWORD)
    assert "Open the link in the mail to ada@example.org" in text_of(answer)
    assert confirmed(ada) == ("old@example.org", ADDRESS)
    assert sign_in_on_page("old@example.org")
    assert "ada@example.org is confirmed." in text_of(confirm(here))
    assert confirmed(ada) == (ADDRESS, "")
    assert mail.outbox[-1].to == ["old@example.org"]
    assert "now has the address ada@example.org" in mail.outbox[-1].body
    assert not sign_in_on_page("old@example.org")


def test_a_link_counts_for_the_address_that_was_asked_for_last(ada):
    here = signed_in()
    change(here, "email", email="first@example.org", password=PASSWORD)
    change(here, "email", email=ADDRESS, password=PASSWORD)
    assert confirm(here, link(0)).status_code == 400
    assert confirmed(ada) == ("", ADDRESS)
    assert confirm(here).status_code == confirm(here).status_code == 200
    assert confirmed(ada) == (ADDRESS, "")


def test_the_address_that_one_has_needs_no_other_confirmation():
    owner = owner_of(ADDRESS)
    User.objects.update(new_email="other@example.org")
    change(signed_in("owner"), "email", email=ADDRESS, password=PASSWORD)
    assert (confirmed(owner), mail.outbox) == ((ADDRESS, ""), [])


def test_an_address_is_removed(ada):
    User.objects.update(email=ADDRESS, email_confirmed_at=ada.date_joined, new_email="b@x.org")
    change(signed_in(), "email", email="", password=PASSWORD)
    assert confirmed(ada) == ("", "")


@pytest.mark.parametrize("key", ["junk", "a:b:c", "WzEsImEiXQ:1abc:def"])
def test_a_forged_link_confirms_nothing(key):
    for answer in (Client().get, Client().post):
        assert answer(f"/accounts/email/confirm/{key}/").status_code == 400


def test_a_taken_address_is_answered_like_any_other_and_its_owner_gets_a_mail(ada):
    owner_of(ADDRESS)
    taken, free = sign_up(email=ADDRESS), sign_up(username="cem", email="cem@example.org")
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    here = signed_in()
    answers = [
        text_of(change(here, "email", email=email, password=PASSWORD)).replace(email, "it")
        for email in (ADDRESS, "dan@example.org")
    ]
    assert re.sub(r"\s", "", answers[0]) == re.sub(r"\s", "", answers[1])
    first = mail.outbox[0]
    assert (first.to, "confirm" in first.subject.lower()) == ([ADDRESS], False)
    assert "somebody, perhaps you, gave ada@example.org" in first.body
    assert User.objects.holding(ADDRESS).username == "owner"


def test_of_two_who_confirm_an_address_one_gets_it(ada):
    sign_up(email=ADDRESS)
    change(signed_in(), "email", email=ADDRESS, password=PASSWORD)
    assert confirm(path=link(0)).status_code == 200
    answer = confirm(path=link(1))
    assert answer.status_code == 409
    assert "Another account has confirmed this address" in text_of(answer)
    assert User.objects.holding(ADDRESS).username == "ben"


def test_a_forgotten_password_is_chosen_anew_by_a_mail():
    owner = owner_of(ADDRESS)
    elsewhere = signed_in("owner")
    assert forget(" ADA@example.org").status_code == 302
    assert "Your user name is owner" in mail.outbox[0].body
    here = Client()
    page = here.get(link(), follow=True)
    assert "Choose a new password" in text_of(page)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = here.post(page.request["PATH_INFO"], form, follow=True)
    assert "You are signed out everywhere." in text_of(answer)
    assert elsewhere.get("/account").status_code == 302
    assert here.get("/account").status_code == 302
    signed_in("owner", NEW_PASSWORD)
    assert "This link is not valid" in text_of(Client().get(link(), follow=True))
    owner.refresh_from_db()
    assert owner.check_password(NEW_PASSWORD)


def test_who_is_signed_in_can_forget_the_password_too():
    owner_of(ADDRESS)
    here = signed_in("owner")
    forget()
    page = here.get(link(), follow=True)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = here.post(page.request["PATH_INFO"], form, follow=True)
    assert (answer.status_code, here.get("/account").status_code) == (200, 302)
    signed_in("owner", NEW_PASSWORD)


@pytest.mark.parametrize("new", ["short", "1234567890", ADDRESS])
def test_a_weak_new_password_is_refused(new):
    owner_of(ADDRESS)
    forget()
    here = Client()
    page = here.get(link(), follow=True)
    answer = here.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert answer.status_code == 400
    signed_in("owner")


def test_a_forgotten_password_of_nobody_is_answered_the_same(ada):
    User.objects.update(email="unconfirmed@example.org")
    owner_of(ADDRESS)
    answers = [forget(email) for email in (ADDRESS, "nobody@x.org", "unconfirmed@example.org")]
    assert {(each.status_code, each["Location"]) for each in answers} == {
        (302, "/accounts/password/reset/done/")
    }
    assert [each.to for each in mail.outbox] == [[ADDRESS]]


def test_requests_for_mails_are_limited_by_client_and_by_address(settings):
    owner_of(ADDRESS)
    settings.RATE_LIMIT_SIGNUPS = 0
    for _ in range(MAX_MAILS_TO_ONE_ADDRESS + 2):
        assert forget().status_code == 302
    assert len(mail.outbox) == MAX_MAILS_TO_ONE_ADDRESS
    settings.RATE_LIMIT_SIGNUPS = 1
    assert [forget("nobody@x.org").status_code for _ in range(2)] == [302, 429]


def test_a_mail_server_that_is_down_loses_nothing(no_mail_server, ada):
    answer = sign_up(email="ben@example.org")
    assert answer.status_code == 302
    body = {"username": "cem", "password": PASSWORD, "email": "cem@example.org"}
    assert Client().post("/api/auth/register", body, "application/json").status_code == 201
    ben = User.objects.get(username="ben")
    assert confirmed(ben) == ("", "ben@example.org")
    answer = change(signed_in(), "email", email=ADDRESS, password=PASSWORD)
    assert answer.status_code == 503
    assert "The mail server cannot be reached at the moment" in text_of(answer)
    assert confirmed(ada) == ("", ADDRESS)


def test_a_mail_server_that_is_down_does_not_tell_who_has_an_address(no_mail_server):
    owner_of(ADDRESS)
    for address in (ADDRESS, "nobody@example.org"):
        answer = forget(address)
        assert answer.status_code == 503
        assert "The mail server cannot be reached at the moment" in text_of(answer)


def test_a_server_that_hangs_up_is_down_too(monkeypatch, ada):
    def hang_up(*args):
        raise SMTPServerDisconnected("please run connect() first")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", hang_up)
    assert sign_up(email="ben@example.org").status_code == 302
    assert change(signed_in(), "email", email=ADDRESS, password=PASSWORD).status_code == 503


def test_without_a_mail_server_the_log_has_the_link_and_the_pages_say_so(settings, caplog, ada):
    settings.EMAIL_BACKEND = "joip.accounts.mails.LogBackend"
    here = signed_in()
    settings.MAIL_IS_LOGGED = True
    answer = change(here, "email", email=ADDRESS, password=PASSWORD)
    assert "Mail is not set up on this server." in text_of(answer)
    (line,) = [each.getMessage() for each in caplog.records if each.name == "joip.accounts.mails"]
    confirm(here, re.search(r"http://testserver(/\S+)", line)[1])
    assert confirmed(ada) == (ADDRESS, "")
    for path in ("/accounts/password/reset/", "/accounts/password/reset/done/"):
        assert "Mail is not set up on this server." in text_of(Client().get(path))
    settings.MAIL_IS_LOGGED = False
    assert "Mail is not set up" not in text_of(here.get("/account"))


def test_staff_who_type_an_address_take_the_confirmation_away(admin_client, ada):
    User.objects.filter(pk=ada.pk).update(
        email="old@example.org", email_confirmed_at=ada.date_joined, new_email=ADDRESS
    )
    form = {"username": "ada", "email": "typed@example.org", "is_active": "on"}
    form |= {"date_joined_0": "2001-01-01", "date_joined_1": "12:00", "display_name": ""}
    assert admin_client.post(f"/admin/users/user/{ada.pk}/change/", form).status_code == 302
    assert confirmed(ada) == ("", "typed@example.org")


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "joip.accounts.mails.LogBackend localhost 25 False JOIP <noreply@localhost>"),
        (
            {"EMAIL_URL": "submission://ada:p%40ss@mail.x.org", "EMAIL_FROM": "joip@x.org"},
            "django.core.mail.backends.smtp.EmailBackend mail.x.org 587 True joip@x.org",
        ),
    ],
)
def test_the_mail_server_is_named_by_one_variable(tmp_path, variables, told):
    names = "BACKEND", "HOST", "PORT", "USE_TLS"
    parts = [f"s.EMAIL_{name}" for name in names] + ["s.DEFAULT_FROM_EMAIL"]
    shown = "import django; from django.conf import settings as s; django.setup(); "
    shown += f"raise SystemExit(' '.join(map(str, ({', '.join(parts)}))))"
    variables = {"DJANGO_SETTINGS_MODULE": "joip.settings"} | variables
    assert start(tmp_path, variables, "-c", shown)[1] == told
