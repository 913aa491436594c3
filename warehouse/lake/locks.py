"""Locks on a lake: who lands, builds and clears up keep out of each other's way.

Source: files in the lake's folder, locked by the operating system until the process ends.
Shape:  contexts in which this process holds a lock.
Errors: those of the file system; a shared one must know flock.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from warehouse.errors import BUSY, WarehouseError
from warehouse.lake.layout import Lake

IN_USE, COMMIT = ".in-use", ".commit"


@contextmanager
def in_use(lake: Lake, clear_up: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep files of the lake from being cleared up.

    `clear_up` is called first where nobody else uses the lake.
    """
    lake.folder.mkdir(parents=True, exist_ok=True)
    with (lake.folder / IN_USE).open("ab") as held:
        if clear_up is not None:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                clear_up()
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


@contextmanager
def alone(lake: Lake, seconds: float = 0) -> Iterator[None]:
    """Let nobody else use the lake; raise where it is still in use after some seconds."""
    lake.folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    with (lake.folder / IN_USE).open("ab") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise WarehouseError(
                        f"{lake.folder} is in use; wait until the other command has ended.",
                        BUSY,
                    ) from None
            time.sleep(0.2)
        yield


@contextmanager
def committing(lake: Lake) -> Iterator[None]:
    """Let one load at a time look at the others and be committed."""
    with (lake.folder / COMMIT).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
