"""README's own commands, run by bash and curl against a demo. Only the port is another."""

import os
import re
import subprocess
import sys
from textwrap import indent

import pytest
from django.conf import settings

from tests.demos import read_story, start_demo
from tests.servers import free_port

pytestmark = pytest.mark.backend_free  # the demo has a database and a folder of its own

# Every curl writes the status of its answer to a line of its own, and fails when it is refused.
CURLRC = r"""
silent
show-error
fail-with-body
write-out = "%{stderr}\n%{http_code}\n"
"""


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def story(port, tmp_path_factory):
    """What a demo said before it began to serve."""
    variables = {"PORT": str(port), "DEMO_SERVE": "1", "WEB_WORKERS": "1"}
    serving = start_demo(tmp_path_factory.mktemp("demo"), **variables)
    story = read_story(serving)
    assert "Ctrl-C" in story, story
    yield story
    serving.terminate()
    serving.communicate(timeout=30)


@pytest.fixture
def project(tmp_path):
    """A folder where a shell finds what it would find in the project's, and may write."""
    (tmp_path / ".curlrc").write_text(CURLRC)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "joip").symlink_to(settings.BASE_DIR / "joip")
    return tmp_path


def commands(chapter, port):
    readme = (settings.BASE_DIR / "README.md").read_text()
    text = readme.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return "".join(blocks).replace("localhost:8000", f"localhost:{port}")


def check(commands, folder):
    """Run the commands, up to the first that fails; each curl among them must have succeeded."""
    shell = subprocess.run(
        ["bash", "-eux", "-o", "pipefail"],
        input=commands,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "CURL_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = shell.stdout + shell.stderr
    assert shell.returncode == 0, said
    statuses = re.findall(r"^\d{3}$", shell.stderr, re.MULTILINE)
    assert len(statuses) == len(re.findall(r"\bcurl\b", commands)) > 0, said
    assert all(status.startswith("2") for status in statuses), said


def test_the_demo_prints_the_line_that_saves_with_a_cookie_that_works(story, port, project):
    cookie = re.search(r"session=\w+", story)[0]
    save = commands("Saving a session", port).replace("session=...", cookie)
    assert indent(save, "    ") in story
    check(save, project)


@pytest.mark.usefixtures("story")
def test_the_library_and_the_community_answer_every_line_twice(port, project):
    chapters = commands("The library", port) + commands("The community", port)
    before = set(project.iterdir())
    check(chapters, project)
    check(chapters, project)
    assert set(project.iterdir()) == before
