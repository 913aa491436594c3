"""Failures of the embedded server, as sentences for people.

Source: errors of the system and of psycopg; what initdb and postgres wrote before they ended.
Shape:  one failure in -> one WarehouseError that says what to do.
Errors: WarehouseError only; passwords are in none of the sources.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from warehouse.errors import WarehouseError

_FULL = ("No space left on device", "Check free disk space", "Disk quota exceeded")


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn what the system or the server refuses into a sentence for people."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(home) from None
        what = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        raise WarehouseError(
            f"The embedded server of {home} cannot be used ({what}); correct that, or set "
            "WAREHOUSE_HOME to another folder."
        ) from None
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise WarehouseError(
            f"The embedded server of {home} refused a command ({reason}); stop it and start it "
            "again, or begin anew with WAREHOUSE_HOME set to an empty folder."
        ) from None


def program_failed(place: Path, what: str, said: str) -> WarehouseError:
    """An error that begins with `what` and ends with the last lines that a program wrote."""
    if any(phrase in said for phrase in _FULL):
        return _disk_full(place)
    tail = "\n".join(said.strip().splitlines()[-5:])
    return WarehouseError(
        f"{what}; correct what its last lines name and try again:\n{tail or '(no output)'}"
    )


def _disk_full(folder: Path) -> WarehouseError:
    return WarehouseError(f"The disk that holds {folder} is full; free some and try again.")
