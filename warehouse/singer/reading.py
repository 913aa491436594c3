"""The lines of a stream that may never end, with time for what is due while none comes.

Source: a descriptor: standard input, a pipe or a file.
Shape:  `numbered` yields each line that is not blank with its number; one that is too long
        is `None`. While nothing can be read, `Patient` calls `on_due` when it is time.
Units:  lines from 1; seconds.
Errors: OSError where it cannot be read.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator

from loaders.reading.documents import CHUNK_BYTES, Readable
from loaders.records import MAX_RECORD_BYTES


class Patient:
    """A descriptor that is read as soon as it has something.

    `due` returns the time by `time.monotonic` at which `on_due` wants to be called, if any.
    """

    def __init__(
        self, descriptor: int, due: Callable[[], float | None], on_due: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._due = due
        self._on_due = on_due

    def read(self, size: int = CHUNK_BYTES, /) -> bytes:
        """Return what there is, at most `size` bytes; none at the end."""
        while True:
            due = self._due()
            patience = None if due is None else max(0.0, due - time.monotonic())
            if patience == 0:
                self._on_due()
                continue
            readable, _, _ = select.select([self._descriptor], [], [], patience)
            if readable:
                return os.read(self._descriptor, size)


def numbered(stream: Readable) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers."""
    number, rest = 0, b""
    is_skipping = False  # within a line that is too long
    while chunk := stream.read(CHUNK_BYTES):
        if is_skipping:
            _, ended, chunk = chunk.partition(b"\n")
            is_skipping = not ended
            rest = b""
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            number += 1
            if line.strip():
                yield number, line if len(line) <= MAX_RECORD_BYTES else None
        if len(rest) > MAX_RECORD_BYTES:
            number, rest, is_skipping = number + 1, b"", True
            yield number, None
    if rest.strip():
        yield number + 1, rest
