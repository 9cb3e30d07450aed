import io
import json
import os
import re
import signal
import socket
import subprocess
from functools import partial
from unicodedata import bidirectional, category

import av
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from community.models import CommunityShare
from credits.ledger import balance_of
from credits.models import CreditTransaction
from joip.demo.clips import TALL, WIDE, clip
from joip.demo.landscapes import bowl, landscape, town
from joip.demo.management.commands.seed_demo import PASSWORD
from joip.demo.plan import (
    AUTHOR,
    BROKE,
    CAMERA,
    CREATORS,
    PANORAMA,
    SAVER,
    SQUARE,
    STAFF,
    UPRIGHT,
    plans,
)
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
    SessionMedia.objects.filter(session__owner__username=AUTHOR).last().delete()
    User.objects.filter(username=SAVER).update(password="", is_active=False)
    call_command("seed_demo", verbosity=0)
    assert User.objects.get(username=SAVER).check_password(PASSWORD)
    planned = sum(len(plan.slides) for plan in plans(full=False))
    assert Session.objects.snapshots().count() == len(plans(full=False))
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
    for draw in (landscape, bowl, town):
        assert draw(2, (96, 64)) == draw(2, (96, 64)) != draw(3, (96, 64))


@pytest.mark.backend_free
def test_pictures_have_the_sizes_and_weights_of_cameras_and_all_proportions():
    slides = [slide for plan in plans(full=True) for slide in plan.slides]
    pictures = [slide for slide in slides if slide.draw in (landscape, bowl, town)]
    assert {CAMERA, UPRIGHT, PANORAMA, SQUARE} < {slide.size for slide in pictures}
    for size in (CAMERA, UPRIGHT, PANORAMA):
        data = next(slide for slide in pictures if slide.size == size).data(full=True)
        assert Image.open(io.BytesIO(data)).size == size
        assert 300_000 < len(data) < 2_000_000


@pytest.mark.backend_free
def test_there_are_videos_long_captions_other_scripts_and_a_session_of_sixty():
    planned = plans(full=True)
    slides = [slide for plan in planned for slide in plan.slides]
    assert {slide.size for slide in slides if slide.draw is clip} == {WIDE, TALL}
    captions = "".join(slide.caption for slide in slides)
    assert {"R", "AL", "So"} <= {
        kind for sign in captions for kind in (category(sign), bidirectional(sign))
    }
    assert max(len(slide.caption) for slide in slides) > 300
    assert max(len(plan.slides) for plan in planned) == 60
    assert len({plan.owner for plan in planned}) > 2
    assert len({plan.fields["transition"] for plan in planned}) == 5


@pytest.mark.backend_free
def test_a_video_is_drawn_in_a_codec_that_browsers_play():
    with av.open(io.BytesIO(clip(1, (180, 320)))) as video:
        (stream,) = video.streams
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 180, 320)
        assert video.duration == 4_000_000


def test_some_sessions_are_featured_some_saved_and_one_may_not_be(debugging, client):
    call_command("seed_demo", verbosity=0)
    planned = plans(full=False)
    featured = [plan.title for plan in planned if plan.is_featured]
    shares = CommunityShare.objects
    assert list(shares.featured().values_list("snapshot__title", flat=True)) == featured
    saved = {plan.title: len(plan.savers) for plan in planned if plan.savers}
    counts = shares.filter(save_count__gt=0).values_list("snapshot__title", "save_count")
    assert dict(counts) == saved
    assert shares.get(allow_saves=False).session.title == "Bread, slowly"
    assert User.objects.get(username=SAVER).library.count() == 1
    assert not any(User.objects.get(username=name).has_usable_password() for name in CREATORS)


@pytest.fixture(scope="module")
def demo_of_before(tmp_path_factory):
    """The folder of a demo that has run once, and what it told."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, tell(start_demo(folder))


def tell(demo):
    text, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, text
    return text


@pytest.mark.backend_free
def test_the_demo_tells_its_story_every_time_in_files_that_others_cannot_read(demo_of_before):
    folder, told = demo_of_before
    for text in (told, tell(start_demo(folder))):
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
    assert [path for path in folder.rglob("*") if path.stat().st_mode & 0o007] == []


def json_in(text):
    """The objects shown, each from a line with its first brace to one with its last."""
    return [
        json.loads("{" + shown.split("\n    }")[0] + "}") for shown in text.split("\n    {")[1:]
    ]


@pytest.mark.backend_free
def test_the_demo_serves_until_it_is_asked_to_end(demo_of_before):
    folder, _ = demo_of_before
    port = free_port()
    serving = start_demo(folder, PORT=str(port), DEMO_SERVE="1", WEB_WORKERS="1")
    last = read_story(serving)[-200:]
    assert f"Open  http://localhost:{port}/  in a browser" in last
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
