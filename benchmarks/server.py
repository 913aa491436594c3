"""A server of its own for one run of the benchmarks; nothing of it stays.

Source: the embedded server, with a state folder in the temporary folder.
Shape:  prepared, empty databases, the bundled psql, and `warehouse serve` on them.
Errors: WarehouseError, as everywhere; BenchmarkError with what psql said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse import database
from warehouse.connection import Target, resolve
from warehouse.embedded import server

OTHER_SERVERS = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE")


class BenchmarkError(Exception):
    """Something that was to be measured did not work."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder and, on demand, a server in it; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-benchmarks-"))
    folder.chmod(0o755)  # the server may run as a user of its own
    before = dict(os.environ)
    for name in OTHER_SERVERS:
        os.environ.pop(name, None)
    os.environ["WAREHOUSE_HOME"] = str(folder / "state")
    try:
        yield folder
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)


def prepared(name: str) -> Target:
    """A database of this name, ready to land in."""
    target = resolve(name)
    with target.connect(autocommit=True) as session:
        database.prepare(session)
    return target


@contextmanager
def served() -> Iterator[str]:
    """Run `warehouse serve` on a free port; yield its address."""
    command = [sys.executable, "-m", "warehouse", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("Serving "):
                yield line.split()[1]
                return
        raise BenchmarkError("warehouse serve did not start")
    finally:
        process.terminate()
        process.communicate()


def psql(target: Target, script: str) -> str:
    """What the bundled psql says to a script."""
    done = subprocess.run(
        [server.bin_dir() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **target.environment()},
    )
    if done.returncode:
        raise BenchmarkError(f"psql: {done.stderr.strip()}")
    return done.stdout
