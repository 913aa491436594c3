"""The process of `warehouse serve`: a socket, a server on it, and a graceful end.

Source: an application and where it listens.
Shape:  returns when SIGINT or SIGTERM has come and the requests under way are answered.
Units:  seconds.
Errors: WarehouseError where the address cannot be used.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from warehouse.errors import USAGE, WarehouseError
from warehouse.web.connections import Patient, allow_many

PATIENCE_SECONDS = 10  # with requests that are under way at the end
SIGNALS = (signal.SIGINT, signal.SIGTERM)

for _name in ("uvicorn", "uvicorn.error"):  # its banner, and a line for each odd request
    logging.getLogger(_name).setLevel(logging.ERROR)


class Server(uvicorn.Server):
    """A server whose signals end it well, and that says when it listens."""

    def __init__(self, app: FastAPI, on_start: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Patient,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=PATIENCE_SECONDS,
            )
        )
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        self._on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, without raising it again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise WarehouseError(
            f"{host} is no address of this machine; take one like 127.0.0.1 or 0.0.0.0.", USAGE
        ) from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise WarehouseError(
            f"{shown(host, port)} cannot be used ({(error.strerror or str(error)).lower()}); "
            "end the program that uses it, or choose another --port or --host."
        ) from None
    return bound


def shown(host: str, port: int) -> str:
    """Return an address as a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, bound: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve until a signal comes."""
    allow_many()
    Server(app, on_start).run(sockets=[bound])
