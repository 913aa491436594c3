"""The server's processes: found, waited for, ended.

Source: data/postmaster.pid, and /proc where there is one (not on macOS).
Shape:  a data folder in -> the postmaster that works in it; never a stranger's process with
        the same number, nor the server of a copied folder.
Units:  times in seconds; process ids of this machine.
Errors: WarehouseError when the server is not ready after `READY_SECONDS`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from warehouse.errors import WarehouseError

READY_SECONDS = 300.0  # crash recovery replays at most `max_wal_size`
STOP_SECONDS = 60.0
SWEEP_SECONDS = 3.0


def find_postmaster(data: Path) -> int | None:
    """Process id of the postmaster that works in `data`; never a stranger's or a copy's."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8", "replace").split("\n")[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return pid if _works_in(pid, data) else None


def await_ready(pid: int, data: Path) -> bool:
    """Wait until the postmaster accepts connections; False when it ended instead."""

    def ready() -> bool:
        with suppress(FileNotFoundError, IndexError):
            lines = (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
            return lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    if not _wait(lambda: ready() or not _alive(pid), READY_SECONDS):
        raise WarehouseError(
            "The embedded server is still repairing itself after a crash; "
            "wait a few minutes and try again."
        )
    return ready()


def end_server(data: Path) -> bool:
    """Stop what works in `data`: fast, then at once, then by force; False: nothing did."""
    pid = find_postmaster(data)
    if pid is not None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if _wait(lambda: not _alive(pid), STOP_SECONDS):
                break
    end_orphans(data)
    return pid is not None


def end_orphans(data: Path) -> None:
    """Wait for workers whose postmaster was killed to notice it, then end them."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if _wait(lambda: not _workers(data), SWEEP_SECONDS):
            return
        for pid in _workers(data):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _workers(data: Path) -> list[int]:
    """All PostgreSQL processes that work in `data`."""
    numbers = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if _works_in(number, data)]


def _works_in(pid: int, data: Path) -> bool:
    """Whether `pid` is a PostgreSQL process whose working folder is `data`."""
    process = Path("/proc", str(pid))
    try:
        if not Path("/proc/self/cwd").exists():  # no such folder on macOS
            return pid > 0 and _alive(pid)
        program = (process / "exe").readlink().name
        return program.startswith("postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False


def _alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not collected does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    if Path("/proc/self/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is done; False when the time is over first."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
