"""Messages that wait to be landed together, by what they have in common.

Source: lines of a tap.
Shape:  a `Batch` holds lines by `Kind`: the stream, version and map of records, or what is no
        message. Lines are kept as they came.
Units:  bytes; seconds of `time.monotonic`.
Errors: none.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from loaders.exchange import singer
from loaders.exchange.mapping import Map

MOST_BYTES = 8 * 1024 * 1024  # before a batch is landed
MOST_SECONDS = 30.0


class Kind(NamedTuple):
    """What lines of one load have in common; `is_unread`: they are no records."""

    stream: str | None
    version: int | None = None
    is_unread: bool = False

    def options(self) -> dict[str, Any]:
        """Return what of it identifies a load."""
        if self.is_unread:
            return {singer.UNREAD: True}
        version = {} if self.version is None else {singer.VERSION: self.version}
        return {singer.STREAM: self.stream, **version}


class Lines:
    """Lines of one kind: their bytes, and the number of the first."""

    def __init__(self, told: Map | None, first: int) -> None:
        self.map = told
        self.first = first
        self.content = bytearray()


class Batch:
    """What waits."""

    def __init__(self) -> None:
        self.lines: dict[Kind, Lines] = {}
        self.states: list[bytes] = []
        self._size = 0
        self._due: float | None = None

    def add(self, kind: Kind, told: Map | None, number: int, line: bytes) -> None:
        """Add a line."""
        found = self.lines.get(kind)
        if found is None:
            found = self.lines[kind] = Lines(told, number)
        found.content += line
        found.content += b"\n"
        self._grow(len(line))

    def add_state(self, value: bytes) -> None:
        """Add a state; it holds when all that was added before has landed."""
        self.states.append(value)
        self._grow(len(value))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._due is None:
            self._due = time.monotonic() + MOST_SECONDS

    def is_full(self) -> bool:
        """Whether it must be landed before more is added."""
        return self._size >= MOST_BYTES

    def due(self) -> float | None:
        """Return when it must be landed at the latest; None while it is empty."""
        return self._due
