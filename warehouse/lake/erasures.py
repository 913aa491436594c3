"""What was erased from a lake, as hashes: the record of erasures, and what landing asks of it.

Source: a file per erasure in the lake's folder; `privacy.log` in the state folder.
Shape:  a file has the hashes and the request. It is written whole: its name is the beginning
        of an erasure, a time of its end in it the end. `identity` names the warehouse that the
        lake is, the same as in the PostgreSQL that it was exported from.
Units:  hashes are hexadecimal; instants aware.
Errors: WarehouseError where an erasure has not ended, or the key is not that of the erasures.
"""

from __future__ import annotations

import getpass
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from loaders.privacy.forgetting import Forgotten
from warehouse.errors import WarehouseError
from warehouse.lake.files import keep_names
from warehouse.lake.layout import Lake
from warehouse.privacy import erased
from warehouse.privacy.erased import Erasure

FOLDER, IDENTITY = "erasures", "identity"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure of a lake. `finished_at` is null until its promise holds."""

    erasure: Erasure
    reason: str | None
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None = None
    row_counts: dict[str, int] = {}


def identity(lake: Lake) -> str:
    """Return by what the log knows this lake; a lake without a name gets one."""
    file = lake.folder / IDENTITY
    if not file.exists():
        name_as(lake, str(uuid.uuid4()))
    return file.read_text("utf-8").strip()


def name_as(lake: Lake, warehouse: str) -> None:
    """Let the lake be known as a warehouse, unless it has a name."""
    draft = lake.folder / f".{IDENTITY}.{os.getpid()}"
    _write(draft, f"{warehouse}\n".encode())
    try:
        os.link(draft, lake.folder / IDENTITY)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def recorded(lake: Lake) -> dict[Path, Recorded]:
    """Return the erasures of a lake by their files, oldest first."""
    return {
        file: msgspec.json.decode(file.read_bytes(), type=Recorded)
        for file in sorted(_files(lake))
    }


def _files(lake: Lake) -> Iterator[Path]:
    return (lake.folder / FOLDER).glob("[0-9]*.json")


def record(lake: Lake, erasure: Erasure, reason: str | None) -> None:
    """Enter an erasure, which begins by that; nobody else may use the lake."""
    write(
        lake,
        Recorded(
            erasure=erasure,
            reason=reason,
            requested_by=_user(),
            requested_at=datetime.now(UTC),
        ),
    )


def write(lake: Lake, told: Recorded) -> None:
    """Write an erasure to a file of its own."""
    last = max((int(file.stem) for file in _files(lake)), default=0)
    _replace(lake.folder / FOLDER / f"{last + 1:012d}.json", told)


def finish(lake: Lake, counts: Mapping[str, int]) -> None:
    """Note that what has begun has ended; nobody else may use the lake."""
    for file, told in recorded(lake).items():
        if told.finished_at is None:
            done = {"finished_at": datetime.now(UTC), "row_counts": dict(counts)}
            _replace(file, msgspec.structs.replace(told, **done))


def read(lake: Lake, workspace: str) -> Forgotten | None:
    """Return what was erased in a workspace; null where nobody was."""
    return read_all(lake).get(workspace)


def read_all(lake: Lake) -> dict[str, Forgotten]:
    """Return what was erased, by workspace."""
    found = [told.erasure for told in recorded(lake).values()]
    if not found:
        return {}
    erased.check_key(found)
    return erased.of_workspaces(found)


def unfinished(lake: Lake) -> list[Erasure]:
    """Return the erasures that have begun and not ended."""
    return [told.erasure for told in recorded(lake).values() if told.finished_at is None]


def missing(
    lake: Lake, erasures: Iterable[Erasure], *, is_of_any: bool = False
) -> list[Erasure]:
    """Return the erasures of this warehouse, or of any, that the lake does not know."""
    known = [account for told in recorded(lake).values() for account in told.erasure.accounts]
    own = None if is_of_any else identity(lake)
    return erased.unknown(erasures, own, frozenset(known))


def check(lake: Lake) -> None:
    """Refuse to build what an erasure has not finished, or an older lake has brought back."""
    again = f"`warehouse privacy reapply --lake {lake.folder}`"
    if unfinished(lake):
        raise WarehouseError(f"An erasure has begun and not ended. {again} finishes it.")
    if missing(lake, erased.log()):
        raise WarehouseError(
            f"This lake is older than an erasure: people who were erased are in it. {again} "
            "erases them here, too."
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return str(os.getuid())


def _replace(file: Path, told: Recorded) -> None:
    file.parent.mkdir(exist_ok=True)
    draft = file.with_name(f".{file.name}")
    _write(draft, msgspec.json.encode(told))
    draft.replace(file)
    keep_names(file.parent)


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
