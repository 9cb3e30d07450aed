"""A relay before the test's PostgreSQL: stopped and started, it looks to clients like a restart."""

import os
import socket
import threading
from contextlib import suppress
from urllib.parse import parse_qs, quote, urlsplit

from django.db import connection

from tests.servers import free_port


class DatabaseRelay:
    def __init__(self):
        self.port = free_port()
        self.open = []
        self.start()

    @property
    def url(self):
        address = urlsplit(os.environ["DATABASE_URL"])
        who = f"{quote(address.username or '')}:{quote(address.password or '')}"
        name = connection.settings_dict["NAME"]
        return f"postgresql://{who}@127.0.0.1:{self.port}/{name}"

    def start(self):
        self.listening = socket.create_server(("127.0.0.1", self.port), backlog=100)
        threading.Thread(target=self.accept, args=[self.listening], daemon=True).start()

    def stop(self):
        """Refuses connections, and breaks off those that there are."""
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for end in self.open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.open.clear()

    def accept(self, listening):
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = connect_to_postgresql()
                self.open += [client, server]
                for source, target in [(client, server), (server, client)]:
                    threading.Thread(target=forward, args=[source, target], daemon=True).start()


def connect_to_postgresql():
    address = urlsplit(os.environ["DATABASE_URL"])
    host = parse_qs(address.query).get("host", [address.hostname])[0]
    port = address.port or 5432
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def forward(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    source.close()
