"""Old backups in new places: what holds without the log, without the key, without an id.

Each is a dump of pg_dump, restored by `warehouse restore` or by pg_restore. A state folder is
made new by taking its log away and giving it another key.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from command_line import Console
from direct_landing import line

from warehouse import database, state
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.privacy import erased, key, restored, traces

ANN, BOB = "vq-account-ann", "vq-account-bob"
LATER = b"".join(line(9, id=f"vq-late-{who}", actor_id=who) for who in (ANN, BOB))


class Backups(NamedTuple):
    """Backups from before the erasures, and from between them; the log of both."""

    before: Path
    between: Path
    log: bytes


def delivery() -> bytes:
    records = b""
    for who in (ANN, BOB):
        records += line(1, id=f"vq-comment-{who}", actor_id=who, text=f"hi from {who}")
        told = {"record": "profile", "platform": "web", "actor_id": who, "username": who[3:]}
        records += json.dumps(told).encode() + b"\n"
    return records + line(2, id="other", actor_id="other")


@pytest.fixture(scope="module")
def backups(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backups]:
    """Ann is erased, then Bob; the log is there afterwards as if nothing had been."""
    folder = tmp_path_factory.mktemp("backups")
    (folder / "all").write_bytes(delivery())
    assert warehouse("load", folder / "all", "-w", "acme").code == 0
    assert warehouse("run", "--accept").code == 0
    before, between = folder / "before.dump", folder / "between.dump"
    for file, who in ((before, ANN), (between, BOB)):
        assert warehouse("backup", file).code == 0
        assert warehouse("privacy", "erase", "web", who, "-w", "acme").code == 0
    path = state.home() / erased.FILE
    log = path.read_bytes()
    path.unlink()  # a new state folder
    yield Backups(before, between, log)
    path.unlink(missing_ok=True)


@pytest.fixture
def empty(target: Target) -> Iterator[Target]:
    """A database without anything, and a state folder without a log."""
    name = "old_backup"
    with target.connect(dbname="postgres", autocommit=True) as admin:
        admin.execute(f"create database {name} template template1".encode())
    yield replace(target, dbname=name)
    (state.home() / erased.FILE).unlink(missing_ok=True)
    with target.connect(dbname="postgres", autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def other_key(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The key of a state folder that was made new."""
    monkeypatch.setenv(key.VARIABLE, "another key of thirty-two letters")
    return monkeypatch


def pg_restore(target: Target, file: Path) -> None:
    environment = {
        **os.environ,
        "PGHOST": str(target.host),
        "PGPORT": str(target.port),
        "PGUSER": target.user,
        "PGPASSWORD": target.password,
    }
    program = str(server.bin_dir() / "pg_restore")
    arguments = ["--no-owner", f"--dbname={target.dbname}", str(file)]
    subprocess.run([program, *arguments], env=environment, check=True)


def who_is_in(session: psycopg.Connection) -> set[str]:
    """Return who is served."""
    rows = session.execute("select platform_user_id from marts.followers")
    return {name for (name,) in rows} & {ANN, BOB}


def test_before_the_erasures_in_a_new_folder(
    backups: Backups, empty: Target, other_key: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing tells the run; the restore says so, and the log erases if it is named."""
    warehouse = Console(empty)
    said = warehouse("restore", backups.before)
    assert said.code == 0
    assert "has no privacy.log" in said.err.replace("\n", " ")
    assert warehouse("run", "--accept").code == 0
    log = tmp_path / "former.log"
    log.write_bytes(backups.log)
    with empty.connect(autocommit=True) as session:
        assert who_is_in(session) == {ANN, BOB}
        sentence = warehouse.fails("privacy", "reapply", "--from", log)
        assert sentence.startswith("People were erased from this warehouse under another key")
        assert who_is_in(session) == {ANN, BOB}
        other_key.delenv(key.VARIABLE)
        said = warehouse("privacy", "reapply", "--from", log)
        assert said.out == "2 accounts were erased again; erasures of 0 were finished.\n"
        assert who_is_in(session) == set()
        assert traces.in_database(session, [ANN, BOB]) == []


def test_between_the_erasures_in_a_new_folder(
    backups: Backups, empty: Target, other_key: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own hashes keep Ann out, once the key is back; only the log knows of Bob."""
    warehouse = Console(empty)
    pg_restore(empty, backups.between)
    assert warehouse("run", "--accept").code == 0
    late = tmp_path / "late"
    late.write_bytes(LATER)
    with empty.connect(autocommit=True) as session:
        assert who_is_in(session) == {BOB}
        sentence = warehouse.fails("load", late, "-w", "acme")
        assert sentence.startswith("People were erased from this warehouse under another key")
        other_key.delenv(key.VARIABLE)
        assert warehouse("load", late, "-w", "acme").code == 0
        assert traces.in_database(session, [ANN]) == []
        (state.home() / erased.FILE).write_bytes(backups.log)
        assert warehouse.fails("run").startswith("This database is older than an erasure")
        assert (restored.warning(session) or "").startswith("People were erased after this")
        said = warehouse("privacy", "reapply")
        assert said.out == "1 account was erased again; erasures of 0 were finished.\n"
        assert traces.in_database(session, [ANN, BOB]) == []
        assert restored.warning(session) is None


def test_a_backup_without_an_id(backups: Backups, empty: Target) -> None:
    """As of a version without erasures: the database gets another id, so it has to be named."""
    warehouse = Console(empty)
    pg_restore(empty, backups.before)
    path = state.home() / erased.FILE
    path.write_bytes(backups.log)
    with empty.connect(autocommit=True) as session:
        session.execute("drop table raw.warehouse_identity, raw.erased_values")
        session.execute("update raw.schema_fingerprint set fingerprint = 'older'")
        database.prepare(session)
        assert "erasures of another warehouse" in (restored.warning(session) or "")
        assert warehouse("run", "--accept").code == 0
        assert who_is_in(session) == {ANN, BOB}
        assert warehouse("privacy", "reapply", "--from", path).code == 0
        assert who_is_in(session) == set()
        assert traces.in_database(session, [ANN, BOB]) == []
        assert warehouse("run", "--accept").code == 0
