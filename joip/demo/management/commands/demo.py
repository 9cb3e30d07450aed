import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.cookies import SimpleCookie
from textwrap import indent

from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from environs import EnvError, validate

from community.models import CommunityShare
from joip.demo.management.commands.seed_demo import (
    BALANCES,
    COST,
    LOGINS,
    PASSWORD,
    restore_balances,
)
from joip.demo.plan import AUTHOR, BROKE, SAVER
from joip.settings import env
from joip.users.models import User
from sessions.deletion import delete_session
from sessions.models import Session
from sessions.stored_objects import key_prefix

START_SECONDS = 30
LEDGER_ROWS = 8
TITLE = "Fjords in May"  # of the session that Noor saves


class Command(BaseCommand):
    help = (
        "Fills a database with demo data, starts the server on PORT, saves a session over HTTP, "
        "shows the ledger and the copied files, and serves until Ctrl-C. With DEMO_SERVE=0 it "
        "ends then."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def handle(self, **options):
        for ending in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(ending) == signal.SIG_DFL:  # nohup stays nohup
                signal.signal(ending, signal.default_int_handler)
        try:
            self.run()
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def run(self):
        try:
            self.port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
            serves = env.bool("DEMO_SERVE", True)
            media = env.str("DEMO_MEDIA", "full", validate=validate.OneOf(["full", "small"]))
        except EnvError as error:
            raise CommandError(error) from None
        refuse_taken(self.port)
        self.stdout.write(f"Making the database and the demo's pictures in {settings.DATA_DIR}")
        self.stdout.flush()
        self.log = settings.DATA_DIR / "demo-server.log"
        logging.disable(logging.INFO)  # the story is told once
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed_demo", full=media == "full", verbosity=0)
        with self.server() as server:
            self.tell_story()
            if serves:
                self.invite()
                server.wait()
                raise CommandError(f"The server ended by itself. Its log is {self.log}")

    @contextmanager
    def server(self):
        """The web server as users get it, for this machine only: its passwords are known."""
        own = {
            "PORT": str(self.port),
            "BIND": "127.0.0.1",
            "DATA_DIR": str(settings.DATA_DIR),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "HTTPS": "false",
            "EMAIL_URL": "",  # mails of the demo go to the log
            "MALLOC_ARENA_MAX": "2",  # as `make serve` does
        }
        with self.log.open("w") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "joip.wsgi"],
                cwd=settings.BASE_DIR,
                env=os.environ | own,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for us; we end it
            )
        try:
            self.wait_for(server)
            yield server
        finally:
            server.terminate()
            server.wait()

    def wait_for(self, server):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and server.poll() is None:
            try:
                return socket.create_connection(("localhost", self.port)).close()
            except OSError:
                time.sleep(0.05)
        raise CommandError(f"The server did not start. Its log is {self.log}")

    def tell_story(self):
        saver = User.objects.get(username=SAVER)
        share = CommunityShare.objects.get(session__owner__username=AUTHOR, session__title=TITLE)
        self.forget_earlier_save(saver, share)
        save = f"/api/community/sessions/{share.pk}/save"

        self.heading("Noor signs in")
        noor = self.sign_in(SAVER)

        self.heading("She looks for fjords in what people share")
        self.ask("GET", "/api/community?search=fjord&sort=hot", cookie=noor)

        self.heading(f"She saves “{share.session}”, which costs {COST} credits")
        answer = self.ask("POST", save, cookie=noor)

        self.heading("She saves it again: the same session, and nothing is charged")
        self.ask("POST", save, cookie=noor)

        self.heading(f"Theo has {BALANCES[BROKE]} credits left")
        theo = self.sign_in(BROKE)
        self.stdout.write("")
        self.ask("POST", save, cookie=theo, expected=402)

        self.heading("Noor's ledger, the newest row first")
        self.show_ledger(saver)

        self.heading("The files she owns now")
        self.show_files(Session.objects.get(pk=answer["sessionId"]))

    def invite(self):
        self.heading("Have a look yourself")
        self.show(f"Admin   http://localhost:{self.port}/admin/")
        self.show(f"API     http://localhost:{self.port}/api/docs")
        self.show(f"Log     {self.log}")
        self.stdout.write(f"\n{LOGINS}\n")
        self.heading(f"Open  http://localhost:{self.port}/  in a browser:")
        self.show("slideshows play there without an account, and one click signs you in.")
        self.stdout.write("\nCtrl-C ends the demo.")
        self.stdout.flush()

    def forget_earlier_save(self, saver, share):
        for session in Session.objects.owned_by(saver).saved_from(share.pk):
            delete_session(session=session)
            self.stdout.write(
                "Noor's copy of an earlier demo is deleted, so that this one can save"
            )
        restore_balances()

    def heading(self, text):
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n{text}\n"))

    def sign_in(self, username):
        body = json.dumps({"username": username, "password": PASSWORD})
        return self.ask("POST", "/api/auth/login", body=body)

    def ask(self, method, path, *, expected=200, cookie=None, body=None):
        """Send the request, and show it as the curl that sends the same, with its answer.

        Returns the JSON, or, from signing in, the cookie to send from now on.
        """
        headers = {"Cookie": cookie} if cookie else {}
        if method == "POST":
            headers["Content-Type"] = "application/json"
        options = [f'-H "{name}: {value}"' for name, value in headers.items()]
        if body:
            options.append(f"-d '{body}'")
        curl = "curl -X POST" if method == "POST" else "curl"
        url = f'{curl} "http://localhost:{self.port}{path}"'
        self.show(" \\\n  ".join([url, *options]))

        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = json.load(answer)
        connection.close()

        style = self.style.SUCCESS if answer.status < 400 else self.style.WARNING
        self.show(style(f"\n{answer.status} {answer.reason}"))
        self.show(json.dumps(data, indent=2))
        if answer.status != expected:
            raise CommandError(f"Expected {expected}. The server's log is {self.log}")
        cookies = SimpleCookie(answer.getheader("Set-Cookie"))
        return f"session={cookies['session'].value}" if "session" in cookies else data

    def show_ledger(self, user):
        self.show("kind        credits  balance  for")
        for row in user.credit_account.transactions.order_by("-pk")[:LEDGER_ROWS]:
            what = row.reference or row.note
            self.show(f"{row.kind:<12}{row.amount:>+7}  {row.balance_after:>7}  {what}")

    def show_files(self, session):
        prefix = key_prefix(session)
        self.show(f"bucket {session.bucket}, key prefix {prefix}\n")
        for slide in session.media.all():
            name = slide.key.removeprefix(prefix)
            kib = storages[slide.bucket].size(slide.key) / 1024
            self.show(f"{name}  {kib:4.0f} KiB  {slide.caption}")

    def show(self, text):
        self.stdout.write(indent(text, "    "))


def refuse_taken(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno)
        raise CommandError(
            f"PORT {port} cannot be used: {reason}. Choose another: make demo PORT=8001"
        ) from None
