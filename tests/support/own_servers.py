"""Embedded servers in state folders of their own: made for one test and removed after it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse import state
from warehouse.embedded import server

ROOT = os.geteuid() == 0
PROJECT = Path(__file__).resolve().parents[2]
PRIVATE, ENTERED, SECRET = 0o700, 0o710, 0o600
LONG = 200
OTHER = 16
START = "from warehouse.embedded import server; print(server.start().pid)"


def forget_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every server and version out of the environment."""
    for name in [*os.environ]:
        if name in ("DATABASE_URL", "WAREHOUSE_POSTGRES_VERSION") or name.startswith("PG"):
            monkeypatch.delenv(name)


@contextmanager
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody can reach; the servers in it are stopped afterwards."""
    made = Path(tempfile.mkdtemp(prefix="wärehouse test "))
    made.chmod(0o755)
    try:
        yield made
    finally:
        for home in {record.parent for record in made.rglob(state.RECORD)}:
            clear(home, monkeypatch)
        shutil.rmtree(made)


def use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `home` the state folder."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(home))


def clear(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the server of a state folder, see that it is gone, remove what lies outside."""
    use(home, monkeypatch)
    place = state.read(home).place
    server.stop()
    assert not processes(server.status().data)
    if place is not None:
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(f"{place}.old", ignore_errors=True)


def processes(data: Path) -> list[Path]:
    """Return all processes that work in the folder `data`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                found.append(process)
        except OSError:
            continue
    return found


def mode(path: Path) -> int:
    """Permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def python(code: str) -> subprocess.Popen[str]:
    """Start another interpreter on the project, its output captured."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def as_ordinary_user(work: Callable[[], None]) -> None:
    """Run `work` without root's rights: in a fork that became `nobody` when we are root."""
    if not ROOT:
        work()
        return
    child = os.fork()
    if child == 0:
        code = 1
        try:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            work()
            code = 0
        except BaseException:  # the report is all that leaves the fork
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
