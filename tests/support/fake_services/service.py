"""A server that answers as an API does, and can be told to fail.

Shape:  a subclass says what an answer is; `faults` spoil the next answers, one each.
Units:  seconds; `skew` is how far the server's clock is ahead of ours.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

TOKEN = "t0ken-that-nobody-may-see"


class Asked(NamedTuple):
    """A request."""

    path: str
    params: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


class Answer(NamedTuple):
    """An answer: what is no page has another status."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Fault(NamedTuple):
    """How an answer is spoiled: `answer` instead of it, or its bytes cut, or late."""

    answer: Answer | None = None
    keep: int | None = None  # bytes of the body that are sent
    delay: float = 0.0  # before the last bytes
    replace: tuple[bytes, bytes] | None = None


class _Server(ThreadingHTTPServer):
    """A server whose clients may be killed."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Service:
    """The server of a platform; use it as a context manager.

    `prelude`: what a process must do first, so that it asks for pages as small as ours.
    """

    prelude = ""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None  # spoils every answer to a request that `is_hit`
        self.is_hit: Callable[[Asked], bool] = lambda _: True
        # Called with the request's number: when it has come, and when its answer has gone.
        self.before: Callable[[int], None] = lambda _: None
        self.after: Callable[[int], None] = lambda _: None
        self.skew = timedelta()
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else the body waits 40 ms for the headers' receipt

            def do_GET(self) -> None:
                service._handle(self, None)

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                service._handle(self, json.loads(self.rfile.read(size)))

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(service.now(), usegmt=True)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def now(self) -> datetime:
        """Return the time by the server's clock."""
        return datetime.now(UTC) + self.skew

    def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request."""
        raise NotImplementedError

    def _handle(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), body, headers)
        with self._lock:
            self.asked.append(asked)
            number = len(self.asked)
            self.before(number)
            told = self.answer(asked)
            fault = self.faults.popleft() if self.faults else None
            if fault is None and self.always is not None and self.is_hit(asked):
                fault = self.always
        fault = fault or Fault()
        told = fault.answer or told
        content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        if fault.replace is not None:
            content = content.replace(*fault.replace)
        try:
            handler.send_response(told.status)
            for name, value in told.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            sent = content if fault.keep is None else content[: fault.keep]
            if fault.delay:
                handler.wfile.write(sent[:1])
                handler.wfile.flush()
                time.sleep(fault.delay)
                sent = sent[1:]
            handler.wfile.write(sent)
            handler.wfile.flush()
        except OSError:
            return  # the client has gone
        self.after(number)
        if fault.keep is not None:
            handler.close_connection = True


def iso(at: datetime) -> str:
    """Return a time as most platforms write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
