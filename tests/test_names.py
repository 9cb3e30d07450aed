"""User names and passwords have one form; what people see of names and texts can be seen."""

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from joip.users.models import User
from joip.visible_text import visible_text
from tests.factories import make_person, make_session, set_price
from tests.threads import all_at_once

PASSWORD = "a-long-walk-by-the-sea"

pytestmark = pytest.mark.django_db(transaction=True)


def post(client, path, **body):
    return client.post(f"/api/{path}", body, content_type="application/json")


def register(username, password=PASSWORD, **fields):
    return post(Client(), "auth/register", username=username, password=password, **fields)


def sign_in(username, password=PASSWORD):
    return post(Client(), "auth/login", username=username, password=password)


def refused(answer):
    assert answer.status_code == 400, answer.content
    return list(answer.json()["fields"])


SAME = [
    ("ada", "Ada"),
    ("Ärger", "ärger"),
    ("A\u0308rger", "ärger"),
    ("\uff21\uff24\uff21", "ada"),  # full width
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("Ines@Example.org", "ines@example.org"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_forms_of_one_user_name_are_one_person(one, other):
    assert register(one).status_code == 201
    assert sign_in(other).status_code == 200
    taken = register(other)
    assert refused(taken) == ["username"]
    assert taken.json()["fields"]["username"] == ["This user name is taken."]
    assert User.objects.count() == 1


def test_two_who_sign_up_at_once_under_forms_of_one_name_are_told_apart():
    for attempt in range(4):
        names = (f"Ärger{attempt}", f"A\u0308RGER{attempt}")
        answers = all_at_once(*[lambda name=name: register(name) for name in names])
        assert sorted(answer.status_code for answer in answers) == [201, 400]
        (lost,) = [answer for answer in answers if answer.status_code == 400]
        assert refused(lost) == ["username"]
        assert User.objects.count() == attempt + 1


@pytest.mark.parametrize(
    "name", ["two words", "tab\tbed", "a\u200bb", "a\u202eb", "\u200b", "👍", "a\u00adb", "a" * 151]
)
def test_what_cannot_be_a_user_name_is_refused_and_signs_nobody_in(name):
    assert refused(register(name)) == ["username"]
    assert sign_in(name).status_code in (400, 401)
    assert not User.objects.exists()


def test_a_long_guess_costs_no_time(client):
    for name in ("\u06f1" * 200_000, "ines"):
        guess = {"username": name, "password": "\u06f1" * 200_000}
        assert client.post("/accounts/login/", guess).status_code in (200, 413)
    assert refused(register("ines", "\u06f1" * 4000)) == ["password"]


def test_what_is_typed_is_measured_as_it_is_stored():
    eight_signs_of_four_letters = "a\u0308o\u0308u\u0308i\u0308"
    assert refused(register("ines", eight_signs_of_four_letters)) == ["password"]


def test_a_password_counts_in_one_unicode_form():
    decomposed, composed = "u\u0308ber die Bru\u0308cke", "über die Brücke"
    assert register("ines", decomposed).status_code == 201
    assert sign_in("ines", composed).status_code == 200
    ines = User.objects.get()
    ines.set_password(composed)
    assert ines.check_password(decomposed)
    assert async_to_sync(ines.acheck_password)(decomposed)
    assert not ines.check_password(composed.upper())


@pytest.mark.parametrize("password", ["over the\x07bridge", "over the\x00bridge"])
def test_a_password_with_control_characters_is_refused_and_never_right(password):
    assert refused(register("ines", password)) == ["password"]
    make_person("noor", password=PASSWORD)
    assert sign_in("noor", password).status_code in (400, 401)
    assert sign_in("nobody", password).status_code in (400, 401)


def test_the_admin_stores_the_normal_forms_too(admin_client):
    form = {"username": "Ärger", "password1": PASSWORD, "password2": PASSWORD}
    form["usable_password"] = "true"
    assert admin_client.post("/admin/users/user/add/", form).status_code == 302
    person = User.objects.get(username="ärger")
    page = admin_client.post("/admin/users/user/add/", form | {"username": "A\u0308RGER"})
    assert page.context["adminform"].form.errors["username"] == ["This user name is taken."]
    again = admin_client.post("/admin/users/user/add/", form | {"username": "ärger"})
    assert "username" in again.context["adminform"].form.errors
    reserved = admin_client.post("/admin/users/user/add/", form | {"username": "Deleted-7"})
    assert "username" in reserved.context["adminform"].form.errors

    def change(**changes):
        joined = person.date_joined
        fields = {"username": "ärger", "email": "", "is_active": "on"}
        fields |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
        address = f"/admin/users/user/{person.pk}/change/"
        answer = admin_client.post(address, fields | changes)
        return {} if answer.status_code == 302 else answer.context["adminform"].form.errors

    assert change(display_name="Ines\u200b", email="Ines@Example.ORG") == {}
    person.refresh_from_db()
    assert (person.display_name, person.email) == ("Ines", "ines@example.org")
    for name in ("\u200b", "a\u202eb", "Member 14"):
        assert list(change(display_name=name)) == ["display_name"]


def test_commands_find_people_by_any_form():
    make_person("ärger", balance=50)
    call_command("grant_credits", "A\u0308RGER", "5", "--note", "a test")
    assert User.objects.get().credit_account.balance == 55
    with pytest.raises(CommandError, match="There is no user named"):
        call_command("grant_credits", "two words", "5", "--note", "a test")


def test_createsuperuser_stores_the_normal_form(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "u\u0308ber die Bru\u0308cke")
    call_command("createsuperuser", "--noinput", username="Root", email="Root@Example.org")
    assert User.objects.values_list("username", "email").get() == ("root", "root@example.org")
    assert sign_in("ROOT", "über die Brücke").status_code == 200
    with pytest.raises(CommandError, match="taken"):
        call_command("createsuperuser", "--noinput", username="ROOT", email="")


NOTHING_TO_SEE = ["\u200b", "\u2800", "\u3164", "\u00ad", "\ufeff", " \u200b\u00a0", "\u115f\u2060"]
MISLEADING = ["a\u202eb", "a\u2066b", "a\x07b", "a\u0085b"]
KEPT = {
    "Ines\u200b": "Ines",
    "\u200b Ines \u00ad": "Ines",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0645\u06cc\u200c\u0634\u0648\u062f": "\u0645\u06cc\u200c\u0634\u0648\u062f",
    "\u2764\ufe0f": "\u2764\ufe0f",
    "\u0d28\u0d4d\u200d": "\u0d28\u0d4d\u200d",  # a Malayalam letter that ends in a joiner
    "Was\u00adser": "Was\u00adser",
    "Surah \u06dd": "Surah \u06dd",  # drawn around a number
    "\u06f1\u06f3\u06f5\u06f7 \u0647\u200d": "\u06f1\u06f3\u06f5\u06f7 \u0647\u200d",
}


@pytest.fixture
def ines(client):
    ines = make_person("ines")
    set_price(0)
    client.force_login(ines)
    return ines


def patch(client, path, **body):
    return client.patch(f"/api/{path}", body, content_type="application/json")


@pytest.mark.parametrize(
    "name",
    [*NOTHING_TO_SEE, *MISLEADING, "Member 14", "Mem\u200bber 14", "\uff4dember\u00a0 \uff17"],
)
def test_a_display_name_that_misleads_is_refused_wherever_it_is_set(client, ines, name):
    assert refused(register("noor", displayName=name)) == ["displayName"]
    assert refused(patch(client, "auth/user", displayName=name)) == ["displayName"]
    ines.refresh_from_db()
    assert ines.display_name == ""


@pytest.mark.parametrize("name", KEPT)
def test_invisible_characters_go_where_they_hide_and_stay_where_they_mean_something(
    client, ines, name
):
    assert patch(client, "auth/user", displayName=name).json()["displayName"] == KEPT[name]
    created = post(client, "sessions", title=name)
    assert (created.status_code, created.json()["title"]) == (201, KEPT[name])


def test_no_display_name_is_still_allowed(client, ines):
    for blank in ("", "  "):
        answer = patch(client, "auth/user", displayName=blank)
        assert answer.json()["displayName"] == f"Member {ines.pk}"


@pytest.mark.parametrize("text", [*NOTHING_TO_SEE, *MISLEADING])
def test_titles_and_captions_follow_the_same_rule(client, ines, text):
    session = make_session(ines, slides=1)
    slide = session.media.get()
    path = f"sessions/{session.pk}"
    assert refused(post(client, "sessions", title=text)) == ["title"]
    assert refused(patch(client, path, title=text)) == ["title"]
    assert refused(patch(client, f"{path}/media/{slide.pk}", caption=text)) == ["caption"]
    media = [{"externalUrl": "https://example.org/a.jpg", "type": "image", "caption": text}]
    assert refused(post(client, f"{path}/media/external", media=media)) == ["media.0.caption"]
    session.refresh_from_db()
    assert (session.title, session.media.get().caption) == ("Fjords in May", slide.caption)


def test_a_caption_may_have_lines_and_a_title_may_not(client, ines):
    session = make_session(ines, slides=1)
    path = f"sessions/{session.pk}"
    lines = "First light\r\n\tand nobody else"
    slide = f"{path}/media/{session.media.get().pk}"
    assert patch(client, slide, caption=lines).json()["caption"] == lines
    assert refused(patch(client, path, title="First\nlight")) == ["title"]


def test_the_admin_refuses_such_titles_and_captions(admin_client, ines):
    session = make_session(ines, slides=1)
    form = (
        admin_client.get(f"/admin/library/session/{session.pk}/change/").context["adminform"].form
    )
    for text in (*NOTHING_TO_SEE, *MISLEADING):
        with pytest.raises(ValidationError):
            form.fields["title"].clean(text)
    assert form.fields["title"].clean("Ines\u200b") == "Ines"


def test_trimming_takes_time_in_proportion_to_the_text():
    assert visible_text("a" + "\u200b" * 500_000 + "b").endswith("b")
    with pytest.raises(ValidationError):
        visible_text("\u200b" * 1_000_000)


def test_an_address_that_is_not_confirmed_may_be_named_by_anybody(ines):
    for name in ("noor", "theo"):
        assert register(name, email="Home@Example.org").status_code == 201
    assert User.objects.filter(email="home@example.org").count() == 2
