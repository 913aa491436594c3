"""Tokens that programs and people show to `warehouse serve`.

Source: `warehouse token`; a token is random and shown once.
Shape:  tokens.json in the state folder: a `Token` each, with the SHA-256 of its secret. It is a
        file, not a table, since tracking goes on while the database is down.
Units:  a secret has 256 random bits, so a plain hash is enough. Times are aware.
Errors: WarehouseError for a name, an origin or a file that cannot be used.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from warehouse import state
from warehouse.errors import USAGE, WarehouseError

FILE = "tokens.json"
PREFIX = "ew_"  # by which scanners of leaked secrets know it

Scope = Literal["read", "track"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token: everything but its secret.

    `workspace`: the only one it is for, null for all. `origins`: of the pages that may send
    events with it.
    """

    name: str
    scope: Scope
    digest: str
    workspace: str | None = None
    origins: tuple[str, ...] = ()
    created_at: datetime


def add(
    name: str, scope: Scope, workspace: str | None = None, origins: tuple[str, ...] = ()
) -> str:
    """Make a token; return its secret, which is kept nowhere."""
    if not _NAME.fullmatch(name):
        raise WarehouseError(
            f"{name!r} cannot be the name of a token: take up to 63 lower-case letters, "
            "digits, dots, hyphens and _, with a letter or digit first.",
            USAGE,
        )
    if origins and scope != "track":
        raise WarehouseError(
            "--origin is for tokens with --scope track: pages of other origins may send events "
            "and read nothing.",
            USAGE,
        )
    home = state.home()
    with state.lock(home):
        held = _read(home)
        if any(token.name == name for token in held):
            raise WarehouseError(
                f"There is already a token {name}. `warehouse token remove {name}` removes it; "
                "otherwise choose another name."
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        made = Token(
            name=name,
            scope=scope,
            digest=_digest(secret),
            workspace=workspace,
            origins=tuple(dict.fromkeys(map(_origin, origins))),
            created_at=datetime.now(UTC),
        )
        _write(home, [*held, made])
    return secret


def remove(name: str) -> None:
    """Remove a token; a running server refuses it from its next request on."""
    home = state.home()
    with state.lock(home):
        held = _read(home)
        kept = [token for token in held if token.name != name]
        if len(kept) == len(held):
            raise WarehouseError(
                f"There is no token {name}; `warehouse token list` shows all of them."
            )
        _write(home, kept)


def listing() -> list[Token]:
    """Return all tokens, by name."""
    return sorted(_read(state.home_path()), key=lambda token: token.name)


class Tokens:
    """The tokens of a state folder as a server sees them: the file is read when it changes."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._seen: tuple[int, int] | None = None
        self._held: list[Token] = []

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret.

        All digests are compared, each in constant time, so that the time tells nothing.
        """
        given = _digest(secret)
        found = None
        for token in self._current():
            if hmac.compare_digest(token.digest, given):
                found = token
        return found

    def _current(self) -> list[Token]:
        try:
            said = (self._home / FILE).stat()
            seen = (said.st_mtime_ns, said.st_ino)
        except FileNotFoundError:
            seen = None
        if seen is None:
            self._held = []
        elif seen != self._seen:
            self._held = _read(self._home)
        self._seen = seen
        return self._held


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _origin(given: str) -> str:
    """Return an origin as browsers send it: scheme, host, and the port where it is unusual."""
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.path.strip("/") or parts.query:
        raise WarehouseError(
            f"{given!r} is not the origin of a page; write it like https://www.example.com.",
            USAGE,
        )
    name = f"[{host}]" if ":" in host else host
    is_usual = port in (None, _DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{name}" if is_usual else f"{parts.scheme}://{name}:{port}"


def _read(home: Path) -> list[Token]:
    file = home / FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Token])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError:
        raise WarehouseError(
            f"{file} is damaged; put it back from a backup, or delete it and add the tokens "
            "again."
        ) from None


def _write(home: Path, held: list[Token]) -> None:
    state.replace(home / FILE, msgspec.json.format(msgspec.json.encode(held)))
