"""The embedded server as others see it: start, stop, status, passwords, databases.

Source: the state folder, `WAREHOUSE_HOME`; the other modules of this package do the work.
Shape:  one cluster per state folder; each call finds it anew, holds the state folder's lock
        while it changes something, and returns a `Status` or what its name says.
Units:  versions are major versions; the port is a TCP port of `HOST`.
Errors: WarehouseError, with the last lines of the log where those tell why.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse import state
from warehouse.analysts import ANALYST
from warehouse.embedded import binaries, cluster, placement, processes
from warehouse.embedded.binaries import DEFAULT_VERSION, INSTALLS
from warehouse.embedded.cluster import HOST, SUPERUSER
from warehouse.embedded.failures import explained
from warehouse.embedded.launch import launch
from warehouse.embedded.placement import SYSTEM_FOLDER
from warehouse.embedded.processes import READY_SECONDS

__all__ = [
    "ANALYST",
    "DEFAULT_VERSION",
    "HOST",
    "INSTALLS",
    "READY_SECONDS",
    "SUPERUSER",
    "SYSTEM_FOLDER",
    "Status",
    "bin_dir",
    "ensure_database",
    "is_running",
    "password",
    "start",
    "status",
    "stop",
]


@dataclass(frozen=True)
class Status:
    """The embedded server as it is now; `pid` and `socket` are None while it is stopped."""

    running: bool
    version: int | None
    port: int | None
    pid: int | None
    home: Path
    data: Path
    log: Path
    socket: Path | None


def start(version: int | None = None) -> Status:
    """Make the cluster where there is none, start it where it is stopped; say how it is.

    `version` 18 or 16, else `WAREHOUSE_POSTGRES_VERSION`, else what the data are, else 18.
    Safe to call at any time and from several processes: all but the first wait and agree.
    """
    home = state.home()
    with explained(home), state.lock(home):
        record = state.read(home)
        place, account = placement.settle(home, record)
        data = place / "data"
        major = binaries.choose_version(data, version)
        pid = processes.find_postmaster(data)
        # one that is being stopped ends before it is ready
        if pid is None or not processes.await_ready(pid, data):
            secret = state.password(home, SUPERUSER, generate=not data.exists())
            programs = binaries.runnable_programs(major, place, account)
            cluster.remove_drafts(place)  # of a start that was killed
            if not data.exists():
                cluster.initialise(programs, major, place, account, secret)
                record.prepared = False
            processes.end_orphans(data)
            launch(programs, place, account, home, record)
        if not record.prepared:
            cluster.make_roles(home, record)
            record.prepared = True
            state.write(home, record)
        return _status(home, record, place)


def stop() -> bool:
    """Stop the server and everything it started; False when nothing was running."""
    path = state.home_path()
    if not path.exists():
        return False
    home = state.home()
    with explained(home), state.lock(home):
        record = state.read(home)
        place = placement.recorded_place(home, record)
        was_running = processes.end_server(place / "data")
        if record.socket is not None:
            with suppress(OSError):  # not empty: a copy of this folder uses it too
                Path(record.socket).rmdir()
        return was_running


def status() -> Status:
    """How the server is; starts, makes and changes nothing."""
    home = state.home_path()
    with explained(home):
        record = state.read(home)
        return _status(home, record, placement.recorded_place(home, record))


def is_running() -> bool:
    """Whether the embedded server of this state folder runs now."""
    return status().running


def bin_dir(version: int | None = None) -> Path:
    """Folder of psql, pg_dump and the like, of the version in use (or of `version`)."""
    data = None if version else status().data
    return binaries.install_folder(binaries.choose_version(data, version)) / "bin"


def password(role: str = SUPERUSER) -> str:
    """Password of `SUPERUSER` or `ANALYST`; never goes into logs, errors or arguments."""
    return state.password(state.home(), role, generate=False)


def ensure_database(name: str) -> None:
    """Make the database `name` on the running server, closed to all but our two roles."""
    home = state.home()
    with state.lock(home), explained(home):
        cluster.make_database(home, state.read(home), name)


def _status(home: Path, record: state.Record, place: Path) -> Status:
    data = place / "data"
    pid = processes.find_postmaster(data)
    return Status(
        running=pid is not None,
        version=binaries.data_version(data),
        port=record.port,
        pid=pid,
        home=home,
        data=data,
        log=placement.log_file(place),
        socket=placement.socket_folder(place, record) if pid is not None else None,
    )
