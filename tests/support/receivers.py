"""Receivers of notifications on this machine: one for HTTP, one for SMTP.

Shape:  a context with the receiver's port and what it has got so far. `answers` decides about
        each delivery before it is kept; `False` refuses it.
Units:  ports.
"""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Posted(NamedTuple):
    """A request: its key, title and message."""

    key: str
    title: str
    message: str
    path: str


@dataclass
class Receiver:
    """What has been received. `is_up`: deliveries are taken; `on_delivery`: called before."""

    port: int = 0
    is_up: bool = True
    on_delivery: Callable[[], object] = lambda: None
    posted: list[Posted] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def http_receiver() -> Iterator[Receiver]:
    """A service that takes JSON by POST."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep a request, or refuse it."""
            body: dict[str, Any] = json.loads(
                self.rfile.read(int(self.headers["Content-Length"]))
            )
            if receiver.is_up:
                receiver.posted.append(
                    Posted(
                        self.headers["Idempotency-Key"],
                        body["title"],
                        body["message"],
                        self.path,
                    )
                )
                receiver.on_delivery()
            self.send_response(200 if receiver.is_up else 500)
            self.end_headers()

        def log_request(self, *_: object) -> None:
            """Say nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), receiver):
        yield receiver


@contextmanager
def smtp_receiver() -> Iterator[Receiver]:
    """A mail server that keeps what it gets."""
    receiver = Receiver()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            """Speak as much SMTP as it takes to get a mail."""
            self._say("220 test")
            while line := self.rfile.readline().decode().strip():
                word = line.partition(" ")[0].upper()
                if word == "DATA":
                    self._say("354 go on")
                    receiver.mails.append(self._mail())
                    receiver.on_delivery()
                    self._say("250 taken")
                elif word == "RCPT" and not receiver.is_up:
                    self._say("550 no such mailbox")
                else:
                    self._say("221 bye" if word == "QUIT" else "250 yes")
                if word == "QUIT":
                    return

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def _mail(self) -> EmailMessage:
            lines = iter(self.rfile.readline, b".\r\n")
            content = b"".join(line.removeprefix(b".") for line in lines)
            found = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(found, EmailMessage)
            return found

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), receiver):
        yield receiver


@contextmanager
def _serving(server: socketserver.TCPServer, receiver: Receiver) -> Iterator[None]:
    address = server.server_address
    receiver.port = int(address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
