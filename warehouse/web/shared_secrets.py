"""Secrets that the warehouse shares with platforms and with the product's servers.

Source: `webhooks.toml` of the state folder, one table per workspace:
            [acme]
            linear = "lin_wh_…"
            facebook = {secret = "…", verify_token = "…"}
            telegram = ["the new one", "the one before"]
            users = "…"
        and variables like WAREHOUSE_WEBHOOK_LINEAR_ACME, in capitals, with _ for every other
        character of the workspace than letters and digits.
Shape:  all secrets that are accepted, as bytes. `users` signs the `user_id` of tracked
        interactions; a workspace that has it accepts no other users.
Errors: WarehouseError at the start where the file cannot be used or others may read it. Later
        such a file is logged, and what was read before holds.
"""

from __future__ import annotations

import logging
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError

FILE = "webhooks.toml"
USERS = "users"
_OTHERS = 0o077  # rights of anybody but the owner
_PART = re.compile(r"[^A-Z0-9]")

_logger = logging.getLogger(__name__)


class SharedSecrets:
    """The secrets of a state folder; a changed file holds from the next request on."""

    def __init__(self, home: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._path = home / FILE
        self._environment = environment
        self._stamp: tuple[int, int, int] | None = None
        self._tables: dict[str, dict[str, Any]] = {}
        self._read()

    def of(self, workspace: str, name: str) -> tuple[bytes, ...]:
        """Return the secrets of a platform, or of `users`; none where nothing is set up."""
        return self._values(workspace, name, "secret")

    def users(self, workspace: str) -> tuple[bytes, ...]:
        """Return the secrets that sign the users of a workspace."""
        return self.of(workspace, USERS)

    def verify_tokens(self, workspace: str, name: str) -> tuple[bytes, ...]:
        """Return what a platform sends when the address is set up there."""
        return self._values(workspace, name, "verify_token")

    def _values(self, workspace: str, name: str, key: str) -> tuple[bytes, ...]:
        try:
            self._read()
        except WarehouseError as error:
            _logger.error("%s What it said before holds.", error.message)
        told = self._tables.get(workspace, {}).get(name, {})
        found = _texts(told.get(key) if isinstance(told, dict) else key == "secret" and told)
        variable = "_".join(_PART.sub("_", part.upper()) for part in (name, workspace))
        suffix = "" if key == "secret" else f"_{key.upper()}"
        found += _texts(self._environment.get(f"WAREHOUSE_WEBHOOK_{variable}{suffix}"))
        return tuple(text.encode() for text in found)

    def _read(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._tables = None, {}
            return
        stamp = status.st_mtime_ns, status.st_size, status.st_mode
        if stamp == self._stamp:
            return
        self._stamp = stamp
        if status.st_mode & _OTHERS:
            raise WarehouseError(
                f"Others may read {self._path}; make it yours alone: chmod 600 {self._path}"
            )
        try:
            self._tables = _checked(tomllib.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise WarehouseError(f"{self._path} cannot be used: {error}.") from None


def _texts(value: Any) -> list[str]:
    """Return one or several secrets; an empty one is none."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if text and isinstance(text, str)]


def _checked(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the tables; a secret that is none would silently refuse everything."""
    for workspace, table in tables.items():
        if not isinstance(table, dict):
            raise ValueError(f"{workspace} is not a table; write [workspace] above its secrets")
        for name, told in table.items():
            values = list(told.values()) if isinstance(told, dict) else [told]
            if not values or not all(_texts(value) for value in values):
                raise ValueError(f"{workspace}.{name} is neither a secret nor a list of them")
    return tables
