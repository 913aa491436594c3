"""The installation's key, and accounts as the warehouse remembers them without naming them.

Source: WAREHOUSE_PRIVACY_KEY, else `privacy.key` in the state folder (0600), made when it is
        first needed. It is never in the database.
Shape:  `account_hash`: HMAC-SHA256 of workspace, platform and the platform's id.
Units:  a key has at least 32 bytes of UTF-8 text.
Errors: WarehouseError for a key that is too short or that others may read.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from loaders.privacy.forgetting import digest
from warehouse import state
from warehouse.errors import WarehouseError

VARIABLE = "WAREHOUSE_PRIVACY_KEY"
FILE = "privacy.key"
FEWEST_BYTES = 32

_OTHERS = 0o077  # rights of anybody but the owner


def key() -> bytes:
    """Return the key; one is made where there is none."""
    given = os.environ.get(VARIABLE)
    if given:
        return _checked(given, VARIABLE)
    path = state.home() / FILE
    for _ in range(2):  # another process may make it between the look and the attempt
        try:
            if path.stat().st_mode & _OTHERS:
                raise WarehouseError(
                    f"Others may read {path}; make it yours alone: chmod 600 {path}"
                )
            return _checked(path.read_text("utf-8").strip(), str(path))
        except FileNotFoundError:
            _make(path)
    raise WarehouseError(f"{path} cannot be made; look who removes it, then try again.")


def account_hash(key: bytes, workspace: str, platform: str, actor_id: str) -> bytes:
    """Return what stands for an account where it may not be named: 32 bytes."""
    return digest(key, workspace, platform, actor_id)


def _make(path: Path) -> None:
    """Make the file whole, unless another process was faster."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(32).encode("ascii") + b"\n")
            state.give(descriptor, path.parent)
            stream.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _checked(text: str, place: str) -> bytes:
    """Return a key as bytes; a short one could be guessed."""
    found = text.encode()
    if len(found) < FEWEST_BYTES:
        raise WarehouseError(
            f"The key in {place} has {len(found)} bytes and needs at least {FEWEST_BYTES}; "
            "put back the key with which this warehouse was set up."
        )
    return found
