"""Maps of people's own files: drafted, written and read.

Source: a file that is to be loaded; a TOML file (`loaders.exchange.mapping`).
Shape:  a draft out of a file; a map out of a TOML file.
Errors: WarehouseError, one sentence that names the file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from loaders.exchange import draft as drafting
from loaders.exchange import mapping
from loaders.reading.documents import Document, DocumentError
from loaders.reading.tables import as_text
from warehouse.errors import USAGE, WarehouseError

STDIN = "-"
T = TypeVar("T")


def draft(path: str) -> drafting.Draft:
    """Draft a map for a file, or for standard input."""
    try:
        with (
            (
                Document.spool(sys.stdin.buffer, "standard input")
                if path == STDIN
                else Document.open(path)
            ) as document,
            as_text(document) as text,
        ):
            return drafting.draft(text.document)
    except (DocumentError, mapping.MapError) as error:
        raise WarehouseError(f"{error}.") from None


def write(made: drafting.Draft, target: Path) -> None:
    """Write a draft to a file that is not there yet."""
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(made.text)
    except FileExistsError:
        raise WarehouseError(
            f"{target} exists already; name another file, or remove it first.", USAGE
        ) from None


def read(path: Path) -> mapping.Map:
    """Read the map for `warehouse load`."""
    return _read(path, mapping.read)


def read_streams(path: Path) -> dict[str, mapping.Map]:
    """Read the maps of the streams of a Singer tap."""
    return _read(path, mapping.read_streams)


def _read(path: Path, reader: Callable[[Path], T]) -> T:
    try:
        return reader(path)
    except OSError as error:
        raise WarehouseError(f"{path} cannot be read: {error.strerror}.", USAGE) from None
    except mapping.MapError as error:
        raise WarehouseError(f"{error}.", USAGE) from None
