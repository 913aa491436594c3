"""A stopped cluster becomes a running server.

Source: the programs and the data; the port and socket of the record, if still free.
Shape:  one postmaster in a session of its own, listening on loopback TCP and the socket,
        its output appended to the log; port and socket go into the record first.
Units:  ports are TCP ports of 127.0.0.1; memory in bytes.
Errors: WarehouseError with the last lines of the log, or when no port is free.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from warehouse import state
from warehouse.embedded.account import Account, run
from warehouse.embedded.cluster import HOST
from warehouse.embedded.failures import program_failed
from warehouse.embedded.placement import prepare_log, prepare_socket, socket_folder
from warehouse.embedded.processes import await_ready
from warehouse.errors import WarehouseError

_PORTS = range(15432, 15532)  # below the ephemeral ports, so they stay free
_SHARED_MEMORY_BYTES = 1_000_000_000  # containers give 64 MB, too little for parallel joins
# What planning a question has used stays with its session: glibc would give some megabytes
# back and fetch them anew for the next one, half of what planning takes.
_KEEPING_MEMORY = f"MALLOC_TRIM_THRESHOLD_={64 * 2**20} MALLOC_MMAP_THRESHOLD_={32 * 2**20}"
_BACKGROUND = f'log=$1; shift; {_KEEPING_MEMORY} "$@" </dev/null >>"$log" 2>&1 & echo $!'


def launch(
    programs: Path,
    place: Path,
    account: Account | None,
    home: Path,
    record: state.Record,
) -> None:
    """Start the postmaster and wait until it is ready, on the recorded port if it is free.

    Nothing may work in the data any more: `processes.end_orphans` sees to that.
    """
    data, log = place / "data", prepare_log(place, account)
    (data / "postmaster.pid").unlink(missing_ok=True)
    while True:
        record.port = _free_port(record.port)
        record.socket = prepare_socket(place, account, record)
        state.write(home, record)
        sockets = socket_folder(place, record)
        # like postmaster.pid: left by a killed postmaster, whose number may still be taken
        (sockets / f".s.PGSQL.{record.port}.lock").unlink(missing_ok=True)
        options = _options(record.port, sockets)
        said_before = log.stat().st_size if log.exists() else 0
        shell = ["/bin/sh", "-c", _BACKGROUND, "sh", log]
        code, said = run([*shell, programs / "postgres", "-D", data, *options], account)
        if code == 0 and await_ready(int(said), data):
            return
        if log.exists():
            said = log.read_bytes()[said_before:].decode("utf-8", "replace")
        if "Address already in use" not in said:
            raise program_failed(place, "The embedded server did not start", said)
        record.port = None  # taken between our look and its start


def _options(port: int, sockets: Path) -> list[str]:
    """Settings that may differ from start to start, as arguments of postgres."""
    settings = {
        "port": str(port),
        "listen_addresses": HOST,
        "unix_socket_directories": '"{}"'.format(str(sockets).replace('"', '""')),
        "unix_socket_permissions": "0700",
        **_shared_memory(),
    }
    return [word for pair in settings.items() for word in ("-c", "=".join(pair))]


def _free_port(preferred: int | None) -> int:
    """The preferred loopback port, else one that is free now."""
    for port in (*([preferred] if preferred else []), *_PORTS, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
            with suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    raise WarehouseError("No TCP port of 127.0.0.1 is free; end a program that uses many.")


def _shared_memory() -> dict[str, str]:
    """Keep parallel workers' memory in files where the machine has too little to share."""
    with suppress(OSError):
        room = os.statvfs("/dev/shm")
        if room.f_frsize * room.f_bavail < _SHARED_MEMORY_BYTES:
            return {"dynamic_shared_memory_type": "mmap"}
    return {}
