"""Dockerfile, compose, nginx and systemd: what of them can be tried without a container."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from jsonschema import Draft7Validator

from tests.servers import free_port, wait_for_port

pytestmark = pytest.mark.backend_free

ROOT = settings.BASE_DIR


def image_lines():
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.split(maxsplit=1) for line in text.splitlines() if line and line[0] != "#"]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The folder of the image, filled by the Dockerfile's own lines; `root` stands for `/`."""
    root = tmp_path_factory.mktemp("image")
    folder = root
    # Needs what is installed already, so that the line of pip is quick and needs no network.
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path[1:]),
        "HOME": str(root),
    }
    for word, rest in image_lines():
        if word == "WORKDIR":
            folder = root / rest.lstrip("/")
            folder.mkdir(parents=True)
        elif word == "COPY":
            copy(rest.split(), folder)
        elif word == "RUN" and "useradd" not in rest:
            line = rest.replace("pip install", f"{sys.executable} -m pip install")
            line = line.replace("chown joip", "ls -d")
            subprocess.run(["sh", "-euc", line], cwd=folder, env=env, check=True, timeout=120)
    return folder


def copy(names, folder):
    *sources, target = names
    ignored = [line for line in (ROOT / ".dockerignore").read_text().split() if line[0] != "!"]
    if sources == ["."]:
        skip = shutil.ignore_patterns(*ignored)
        shutil.copytree(ROOT, folder, ignore=skip, dirs_exist_ok=True)
        return
    for source in sources:
        shutil.copy(ROOT / source, folder / target)


def test_the_image_serves_and_its_probe_finds_it_ready(image):
    lines = dict(image_lines())
    command = [sys.executable if word == "python" else word for word in json.loads(lines["CMD"])]
    probe = json.loads(lines["HEALTHCHECK"].partition("CMD ")[2])
    env = dict(pair.split("=") for pair in shlex.split(lines["ENV"]))
    env |= {"PATH": os.environ["PATH"], "PORT": str(free_port()), "SECRET_KEY": "k" * 50}
    env |= {"BIND": "127.0.0.1", "ALLOWED_HOSTS": "example.org", "DATA_DIR": str(image / "data")}
    subprocess.run([sys.executable, "manage.py", "setup"], cwd=image, env=env, check=True)
    server = subprocess.Popen(command, cwd=image, env=env, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(int(env["PORT"]))
        asks = [sys.executable, *probe[1:]]
        # The port is open before the server's processes have begun.
        assert any(subprocess.run(asks, cwd=image, env=env).returncode == 0 for _ in range(10))
        asks[-1] = "/nowhere"
        gone = subprocess.run(asks, cwd=image, env=env, capture_output=True)
        assert (gone.returncode, gone.stderr) == (1, b"/nowhere: 400\n")
    finally:
        server.terminate()
        server.wait()


def test_the_image_holds_no_secrets_and_no_tests(image):
    assert not {".env", ".git", "data/joip.sqlite3", "tests", ".venv"}.intersection(
        str(path.relative_to(image)) for path in image.glob("*")
    )


def test_the_image_runs_as_nobody_important():
    assert ["USER", "joip"] in image_lines()


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_follows_its_schema():
    vendored = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    problems = Draft7Validator(json.loads(vendored.read_text())).iter_errors(compose())
    assert [problem.message for problem in problems] == []


def test_every_variable_that_compose_needs_stands_in_the_example():
    example = (ROOT / ".env.compose.example").read_text()
    named = set(re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "compose.yaml").read_text())) <= named
    known = re.findall(r"^# ([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    services = compose()["services"]
    ours = {name: service for name, service in services.items() if "env_file" in service}
    for service in ours.values():
        assert set(service["environment"]) <= set(known)
    own = {"HOST", "MEDIA_HOST", "CERTIFICATES", "POSTGRES_PASSWORD"}
    assert named - own <= set(known)


def test_every_command_of_compose_and_systemd_exists():
    commands = [service.get("command") for service in compose()["services"].values()]
    told = [command[2] for command in commands if command and command[0] == "python"]
    for unit in (ROOT / "deploy").glob("*.service"):
        told += re.findall(r"manage\.py (\w+)", unit.read_text())
    assert set(told) <= set(get_commands())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(tmp_path):
    for unit in (ROOT / "deploy").glob("*.service"):
        copy = tmp_path / unit.name
        text = unit.read_text().replace("/srv/joip/.venv/bin/python", sys.executable)
        copy.write_text(text)
        told = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
        assert (told.returncode, told.stderr) == (0, "")
