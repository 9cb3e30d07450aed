import json
import os
import re
import signal
import socket
import subprocess
from functools import partial

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from credits.ledger import balance_of
from credits.models import CreditTransaction
from joip.demo.landscapes import bowl, landscape
from joip.demo.management.commands.seed_demo import BROKE, PASSWORD, SAVER, SESSIONS, STAFF
from joip.users.models import User
from sessions.models import Session, SessionMedia
from tests.demos import read_story, start_demo
from tests.factories import make_person
from tests.servers import free_port


@pytest.fixture
def debugging(settings, transactional_db):
    settings.DEBUG = True


@pytest.fixture
def demo(tmp_path):
    return partial(start_demo, tmp_path)


def everything():
    models = (User, Session, SessionMedia, CreditTransaction)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_seeding_twice_changes_nothing(debugging):
    call_command("seed_demo", verbosity=0)
    once = everything()
    call_command("seed_demo", verbosity=0)
    assert everything() == once


def test_seeding_repairs_what_an_earlier_run_left_half_finished(debugging):
    call_command("seed_demo", verbosity=0)
    Session.objects.snapshots().delete()
    SessionMedia.objects.order_by("-pk").first().delete()
    User.objects.filter(username=SAVER).update(password="", is_active=False)
    call_command("seed_demo", verbosity=0)
    assert User.objects.get(username=SAVER).check_password(PASSWORD)
    planned = sum(len(session["pictures"]) + ("video" in session) for session in SESSIONS)
    assert Session.objects.snapshots().count() == len(SESSIONS)
    assert SessionMedia.objects.filter(session__owner=None).count() == planned


def test_seeding_makes_people_who_can_and_who_cannot_pay(debugging, client):
    call_command("seed_demo", verbosity=0)
    assert [balance_of(User.objects.get(username=name)) for name in (SAVER, BROKE)] == [50, 5]
    assert client.login(username=STAFF, password=PASSWORD)
    assert client.get("/admin/").status_code == 200


def test_a_visitor_of_the_demo_signs_in_with_one_click(debugging, client):
    assert "since this is the demo" not in client.get("/accounts/login/").content.decode()
    call_command("seed_demo", verbosity=0)
    page = client.get("/accounts/login/").content.decode()
    form = page[page.index("since this is the demo") :].split("</form>")[0]
    fields = dict(re.findall(r'name="(username|password)" value="([^"]*)"', form))
    answer = client.post("/accounts/login/", fields, follow=True)
    assert answer.status_code == 200
    assert "10 credits" in answer.content.decode()


def test_nobody_signs_in_with_one_click_outside_of_debugging(transactional_db, client):
    make_person(SAVER)
    assert "since this is the demo" not in client.get("/accounts/login/").content.decode()


def test_seeding_is_refused_on_a_server_that_is_not_debugging(transactional_db):
    with pytest.raises(CommandError, match="DEBUG=true"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_seeding_is_refused_where_people_are_already(debugging):
    make_person("somebody")
    with pytest.raises(CommandError, match="people of its own"):
        call_command("seed_demo")
    assert User.objects.count() == 1


def test_no_account_with_the_known_password_is_served(debugging):
    call_command("check_demo_accounts")
    call_command("seed_demo", verbosity=0)
    with pytest.raises(CommandError, match="no secret: demo-staff, ines, noor, theo"):
        call_command("check_demo_accounts")
    User.objects.exclude(username=SAVER).update(is_active=False)
    with pytest.raises(CommandError, match=f"no secret: {SAVER}"):
        call_command("check_demo_accounts")
    saver = User.objects.get(username=SAVER)
    saver.set_password("fjords-and-lanterns")
    saver.save()
    call_command("check_demo_accounts")


def make(target, **variables):
    """What `make` says it would run, or runs with another program for Python."""
    made = subprocess.run(
        ["make", "--old-file", ".venv/installed", *target],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.splitlines()


@pytest.mark.backend_free
def test_make_serve_asks_for_known_passwords_before_it_serves():
    commands = "\n".join(make(["--dry-run", "serve"]))
    assert 0 < commands.index("manage.py check_demo_accounts") < commands.index("gunicorn")


@pytest.mark.backend_free
def test_make_demo_keeps_its_data_apart_unless_it_is_told_where():
    show = ["demo", "VENV=env #"]  # prints the environment that the demo would get
    assert {"DATA_DIR=data/demo", "DEBUG=true"} <= set(make(show))
    assert "DATA_DIR=/elsewhere" in make(show, DATA_DIR="/elsewhere")
    assert "DATA_DIR=/elsewhere" in make([*show, "DATA_DIR=/elsewhere"])


@pytest.mark.backend_free
def test_the_same_number_draws_the_same_picture():
    assert landscape(2) == landscape(2) != landscape(3)
    assert bowl(2) == bowl(2) != bowl(3)


def test_the_home_page_leads_to_signing_up(client):
    page = client.get("/").content.decode()
    assert "Captioned slideshows" in page
    assert 'href="/accounts/signup/"' in page


@pytest.mark.backend_free
def test_the_demo_tells_its_story_every_time_in_files_that_others_cannot_read(demo, tmp_path):
    for _ in range(2):
        told = demo()
        text, _ = told.communicate(timeout=60)
        assert told.returncode == 0, text
        _, feed, saved, again, _, refused = json_in(text)
        assert [item["title"] for item in feed["items"]] == ["Fjords in May"]
        assert saved == {**again, "reused": False}
        assert again == {"success": True, "sessionId": saved["sessionId"], "reused": True}
        assert refused == {
            "error": "Insufficient credits",
            "code": "INSUFFICIENT_CREDITS",
            "required": 10,
            "current": 5,
            "featureKey": "session_create",
        }
        assert f"charge          -10       40  session:{saved['sessionId']}" in text
        assert "KiB  Birches by the path" in text
    assert [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o007] == []


def json_in(text):
    """The objects shown, each from a line with its first brace to one with its last."""
    return [
        json.loads("{" + shown.split("\n    }")[0] + "}") for shown in text.split("\n    {")[1:]
    ]


@pytest.mark.backend_free
def test_the_demo_serves_until_it_is_asked_to_end(demo):
    port = free_port()
    serving = demo(PORT=str(port), DEMO_SERVE="1")
    read_story(serving)
    serving.send_signal(signal.SIGTERM)
    text, _ = serving.communicate(timeout=30)
    assert serving.returncode == 0, text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.backend_free
@pytest.mark.parametrize("junk", ["junk", "0", "65536"])
def test_the_demo_names_a_port_that_is_none(demo, junk):
    refused = demo(PORT=junk)
    text, _ = refused.communicate(timeout=30)
    assert refused.returncode == 1
    assert 'variable "PORT" invalid' in text


@pytest.mark.backend_free
def test_the_demo_names_a_port_in_use_before_it_does_anything(demo, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = demo(PORT=str(taken.getsockname()[1]))
        text, _ = refused.communicate(timeout=30)
    assert refused.returncode == 1
    assert "PORT" in text
    assert "in use" in text
    assert list(tmp_path.iterdir()) == []
