"""docs/running.md: every command of it is run, those for root are read by the shell alone."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from joip.operations.metrics import metrics

pytestmark = pytest.mark.backend_free

TEXT = (settings.BASE_DIR / "docs" / "running.md").read_text()
BLOCKS = re.findall(r"^```sh( root)?\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def project(tmp_path):
    """A copy of the project, whose `python3 -m venv` finds all packages installed already."""
    skip = shutil.ignore_patterns(".*", "data", "tests", "bench", "__pycache__")
    folder = tmp_path / "joip"
    shutil.copytree(settings.BASE_DIR, folder, ignore=skip)
    shutil.copy(settings.BASE_DIR / ".env.example", folder)
    return folder


def test_the_commands_run_one_after_another(project):
    commands = "".join(block for root, block in BLOCKS if not root)
    env = {
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path),
    }
    shell = subprocess.run(
        ["bash", "-eux", "-o", "pipefail"],
        input=commands,
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert shell.returncode == 0, shell.stderr
    assert "Made the member of staff admin." in shell.stdout
    assert "The media store works." in shell.stdout


def test_what_root_runs_names_files_that_are_there():
    for root, block in BLOCKS:
        if root:
            subprocess.run(["bash", "-n"], input=block, text=True, check=True)
            for path in re.findall(r"\bdeploy/\S+", block):
                assert (settings.BASE_DIR / path).is_file(), path


@pytest.mark.django_db
def test_the_documents_and_the_board_name_metrics_that_there_are():
    there = set(re.findall(r"\bjoip_\w+", metrics().decode()))
    board = (settings.BASE_DIR / "deploy" / "grafana.json").read_text()
    named = set(re.findall(r"\bjoip_\w+", TEXT + board))
    assert named
    assert named <= there
