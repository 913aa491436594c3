"""How a server is run: where it listens, what it reads, who may ask.

Source: the options of `warehouse serve`.
Shape:  one frozen `Settings`, handed to whatever needs a part of it.
Units:  requests a second and token; the burst is what may come at once.
Errors: none.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.connection import Target
from warehouse.spool import Limits

LOOPBACK = "127.0.0.1"
PORT = 8765


@dataclass(frozen=True)
class Settings:
    """How one server is run.

    `database`: finds the database, and is called again where it raised a WarehouseError.
    `home`: the state folder. `names`: host names besides its own that the server answers to.
    `spool`: the folder in which received interactions wait; without one nothing is received.
    `reads_ahead`: what takes long is read before somebody asks.
    """

    database: Callable[[], Target]
    home: Path
    host: str = LOOPBACK
    port: int = PORT
    names: tuple[str, ...] = ()
    reads_per_second: float = 50
    read_burst: float = 200
    spool: Path | None = None
    limits: Limits = field(default_factory=Limits)
    tracks_per_second: float = 10_000  # interactions of one token
    track_burst: float = 50_000
    reads_ahead: bool = False

    @property
    def needs_token(self) -> bool:
        """Whether others than this machine can ask."""
        return bool(self.names) or not is_loopback(self.host)

    def answers_to(self, name: str) -> bool:
        """Whether the host of a request is this server.

        A page of another site can lead its own name to this address, but never a number: a
        server for others answers to all of them.
        """
        if is_loopback(name) or name == self.host or name in self.names:
            return True
        return self.needs_token and (_is_address(name) or name == socket.gethostname().lower())


def is_loopback(host: str) -> bool:
    """Whether a host is this machine as itself sees it."""
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
