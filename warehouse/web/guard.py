"""What holds for every request, before and after the application.

Source: ASGI messages.
Shape:  a middleware. It checks the host, bounds bodies, sets headers of security, answers HEAD
        like GET, makes a problem of every error, and counts each request by its route.
Units:  bytes; seconds.
Errors: none leave it: 421 for a host that is not ours, 413 for a body that is too large, 500.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warehouse import events, traces
from warehouse.web.problems import FAULT, ProblemError, Respond
from warehouse.web.settings import Settings

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
MOST_BYTES = 1024 * 1024  # of a body
MOST_ADDRESS_BYTES = 8 * 1024
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Count = Callable[[str, int, float], None]  # route, status, seconds
Known = Callable[[], Sequence[str]]  # the workspaces that there are, as far as is known

_logger = logging.getLogger(__name__)


class Guard:
    """The outermost layer of an application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        count: Count,
        respond: Respond,
        known: Known,
        emit: events.Emit | None,
    ) -> None:
        self._app, self._settings, self._count = app, settings, count
        self._respond, self._known, self._emit = respond, known, emit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = dict(scope)
        if scope["method"] == "HEAD":  # the server leaves the body out
            scope["method"] = "GET"
        begun, began_at = time.perf_counter(), traces.now()
        answer = _Answer(send)
        try:
            self._check_address(scope)
            await self._app(scope, _bounded(scope, receive), answer.send)
        except ProblemError as problem:
            await self._refuse(problem, scope, receive, answer)
        except Exception as error:
            if os.environ.get("WAREHOUSE_DEBUG"):
                _logger.exception("A request failed.")
            else:
                _logger.error(
                    "A request to %s failed (%s); this is a fault of the warehouse; "
                    "WAREHOUSE_DEBUG=1 shows where.",
                    _route(scope),
                    type(error).__name__,
                )
            await self._refuse(ProblemError(500, FAULT), scope, receive, answer)
        finally:
            seconds = time.perf_counter() - begun
            self._count(_route(scope), answer.status, seconds)
            if self._emit is not None or traces.is_wanted():
                self._tell(scope, answer.status, began_at, seconds)

    def _tell(self, scope: Scope, status: int, began_at: int, seconds: float) -> None:
        """Log and trace a request; of what a client wrote, only a workspace that there is."""
        route = _route(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        asked = (
            scope.get("path_params", {}).get("workspace")
            or (parse_qs(scope["query_string"].decode("latin-1")).get("workspace", [""])[0])
        )
        workspace = asked if asked in self._known() else None
        if self._emit is not None:
            self._emit(
                events.RequestAnswered(
                    route=route,
                    method=method,
                    status=status,
                    seconds=round(seconds, 6),
                    workspace=workspace,
                )
            )
        if traces.is_wanted():
            traces.record(
                "request",
                began_at,
                traces.now(),
                error=str(status) if status >= 500 else None,
                route=route,
                method=method,
                status=status,
                workspace=workspace,
            )

    async def _refuse(
        self, problem: ProblemError, scope: Scope, receive: Receive, answer: _Answer
    ) -> None:
        """Answer with a problem, unless an answer has begun."""
        if not answer.status:
            await self._respond(scope, problem)(scope, receive, answer.send)

    def _check_address(self, scope: Scope) -> None:
        """Refuse a page of another site that leads its own name here, and endless addresses."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
            raise ProblemError(414, "The address is longer than 8 KiB; ask for less at once.")
        said = Headers(scope=scope).getlist("host")
        name = _name_of(said[0]) if len(said) == 1 else ""
        if not self._settings.answers_to(name):
            raise ProblemError(
                421,
                "This server does not answer to that host name; use its address, or start it "
                "with --allowed-host NAME.",
            )


class _Answer:
    """An answer on its way: its status is noted, headers of security are added."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
        await self._send(message)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Return what receives a body, but no more of it than is allowed."""
    too_large = ProblemError(
        413, "The body is larger than 1 MiB; send less at once.", {"Connection": "close"}
    )
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise too_large
    received, is_whole = 0, False

    async def receive_bounded() -> Message:
        nonlocal received, is_whole
        message = await receive()
        if message["type"] == "http.disconnect" and not is_whole:
            raise ProblemError(400, "The body ended early; send all of it.")
        is_whole = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > MOST_BYTES:
            raise too_large
        return message

    return receive_bounded


def _route(scope: Scope) -> str:
    """Return the path of the route with its placeholders; never what a client made up."""
    return str(getattr(scope.get("route"), "path", "none"))


def _name_of(host: str) -> str:
    """Return the name of a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")
