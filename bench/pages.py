"""What pages cost in a browser, on the demo and in a library of 1,000: `python -m bench.pages`.

The server is that of production. Takes a minute, and needs Debian's Chromium
(`chromium-headless-shell`).
"""

import atexit
import logging
import os
import shutil
import subprocess
import sys
import tempfile

import django

from bench.browsing import chromium, context_of, cost_of
from tests.servers import free_port, wait_for_port

SIZE = 1000
WINDOWS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
ROW = "{:<28}{:<9}{:>9}{:>12}{:>10}{:>8}{:>10}{:>9}{:>8}{:>11}"
HEAD = ["code", "pictures", "requests", "shift", "1st pic.", "largest", "tasks", "2nd visit"]


def main():
    address = start()
    people, places = fill()
    print(ROW.format("", "", *HEAD))
    print(ROW.format("", "", "kB", "kB", "", "", "ms", "ms", "ms", "kB"))
    with chromium() as browser:
        for name, (who, path) in places.items():
            for window, viewport in WINDOWS.items():
                context = context_of(browser, address, people[who], viewport=viewport)
                cost = cost_of(context, address + path)
                again = cost_of(context, address + path)
                context.close()
                print(ROW.format(name, window, *shown(cost), kilobytes(again.code)))


def shown(cost):
    times = (f"{time:.0f}" for time in (cost.first_picture, cost.largest, cost.tasks))
    return (
        kilobytes(cost.code),
        kilobytes(cost.pictures),
        cost.requests,
        f"{cost.shift:.3f}",
        *times,
    )


def kilobytes(number):
    return f"{number / 1000:.1f}"


def start():
    """A server of an empty database, whose settings are this process's too."""
    folder = tempfile.mkdtemp(prefix="joip-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    port = free_port()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="joip.settings",
        DEBUG="false",
        HTTPS="false",
        ALLOWED_HOSTS="localhost,127.0.0.1",
        SECRET_KEY="for benchmarks alone, and as long as a key has to be" * 2,
        DATA_DIR=folder,
        DATABASE_URL=f"sqlite:///{folder}/joip.sqlite3",
        S3_ENDPOINT_URL="",
        LOG_LEVEL="WARNING",
        ACCESS_LOG="false",
        RATE_LIMIT_PAGES="0",
        PORT=str(port),
    )
    django.setup()
    logging.disable(logging.INFO)
    run = [sys.executable, "manage.py"]
    subprocess.run([*run, "migrate", "-v0"], check=True)
    subprocess.run([*run, "seed_demo", "-v0"], check=True, env=os.environ | {"DEBUG": "true"})
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "joip.wsgi"])
    atexit.register(server.wait)
    atexit.register(server.terminate)
    wait_for_port(port)
    return f"http://localhost:{port}"


def fill():
    """The cookies of people, and the pages to measure: for whom, and where."""
    from django.test import Client

    from bench.library import make_library
    from community.models import CommunityShare
    from community.share_links import link_session
    from joip.demo.management.commands.seed_demo import SAVER
    from joip.users.models import User

    share = CommunityShare.objects.order_by("pk").first()
    link = link_session(session=share.session)
    people = {"a member": User.objects.get(username=SAVER), "a collector": make_library(SIZE)}
    cookies = {"nobody": None}
    for name, person in people.items():
        client = Client()
        client.force_login(person)
        cookies[name] = client.cookies["session"].value
    return cookies, {
        "home": ("nobody", "/"),
        "a shared link": ("nobody", f"/shared/{link.code}"),
        "community": ("a member", "/community"),
        "an item": ("a member", f"/community/{share.pk}"),
        "the player": ("a member", f"/community/{share.pk}/play"),
        f"a library of {SIZE:,}": ("a collector", "/library"),
        "a search in it": ("a collector", "/library?search=day"),
    }


if __name__ == "__main__":
    main()
