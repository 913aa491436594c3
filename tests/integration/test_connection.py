"""Connections: which server is used, how its sessions are set up, how failures are reported."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from warehouse import connection
from warehouse.connection import Target, resolve
from warehouse.embedded import server
from warehouse.errors import WarehouseError


@pytest.fixture(scope="module")
def embedded(state_folder: Path) -> Iterator[Target]:
    """The session's embedded server, in an environment that says nothing of another one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith("PG") or name == "DATABASE_URL":
                patch.delenv(name)
        patch.setenv("WAREHOUSE_HOME", str(state_folder))
        target = resolve()
        try:
            yield target
        finally:  # other files use this server too
            with target.connect(autocommit=True) as owner:
                owner.execute("drop table if exists marts.numbers")
                owner.execute("drop database if exists old_letters")


def url(target: Target, **changes: str) -> str:
    """The address of `target` with its password, as a person would write it."""
    words = {"user": target.user, "password": target.password, "dbname": target.dbname}
    words |= changes
    return (
        f"postgresql://{words['user']}:{words['password']}"
        f"@{target.host}:{target.port}/{words['dbname']}"
    )


def test_the_embedded_server_is_used_when_nothing_is_set(embedded: Target) -> None:
    assert embedded.embedded
    assert embedded.display() == f"postgresql://warehouse@127.0.0.1:{embedded.port}/warehouse"
    with embedded.connect(options="-c work_mem=5MB") as session:
        row = session.execute(
            "select current_setting('timezone'), current_setting('application_name'), "
            "current_setting('work_mem'), current_database()"
        ).fetchone()
    assert row == ("UTC", "warehouse", "5MB", "warehouse")
    with resolve("warehouse_demo").connect() as session:
        assert session.info.dbname == "warehouse_demo"


def test_an_own_server_is_used_and_nothing_started(
    embedded: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "untouched"))
    monkeypatch.setenv("DATABASE_URL", url(embedded) + "?application_name=x&keepalives=0")
    target = resolve("other")
    assert not target.embedded
    assert target.dbname == "warehouse"
    assert target.parameters == (("keepalives", "0"),)
    assert target.analyst() == replace(target, is_analyst=True)
    monkeypatch.setenv(
        "DATABASE_URL",
        f"host={embedded.host} port={embedded.port} user=warehouse dbname=warehouse "
        f"password={embedded.password}",
    )
    assert resolve() == Target(
        embedded.host, embedded.port, "warehouse", embedded.password, "warehouse"
    )
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("PGHOST", embedded.host)
    monkeypatch.setenv("PGPORT", str(embedded.port))
    monkeypatch.setenv("PGUSER", "warehouse")
    monkeypatch.setenv("PGPASSWORD", embedded.password)
    assert resolve().dbname == "warehouse"
    service = tmp_path / "services"
    service.write_text(
        f"[mine]\nhost={embedded.host}\nport={embedded.port}\ndbname=warehouse_demo\n"
    )
    for name in ("PGHOST", "PGPORT"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGSERVICE", "mine")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    resolved = resolve()
    assert (resolved.port, resolved.dbname) == (embedded.port, "warehouse_demo")
    assert not (tmp_path / "untouched").exists()


def test_child_processes_reach_the_same_database(embedded: Target) -> None:
    said = subprocess.run(
        [
            server.bin_dir() / "psql",
            "-Atc",
            "select current_user, current_database(), current_setting('timezone')",
        ],
        env={**os.environ, **embedded.environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "warehouse|warehouse|UTC\n"
    assert embedded.environment()["WAREHOUSE_DB_NAME"] == "warehouse"
    assert embedded.environment()["WAREHOUSE_DB_PASSWORD"] == embedded.password


@pytest.mark.parametrize(
    "statement",
    [
        "create table public.own (number integer)",
        "create table marts.own (number integer)",
        "create temporary table own (number integer)",
        "create schema own",
        "create role own",
        "insert into marts.numbers values (1)",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "copy (select 1) to '/tmp/own'",
        "select pg_read_file('pg_hba.conf')",
    ],
)
def test_the_analyst_only_reads_even_when_writing_is_switched_on(
    embedded: Target, statement: str
) -> None:
    with embedded.connect(autocommit=True) as owner:
        owner.execute("create schema if not exists marts")
        owner.execute("create table if not exists marts.numbers (number integer)")
        owner.execute("grant usage on schema marts to warehouse_analyst")
        owner.execute("grant select on all tables in schema marts to warehouse_analyst")
    with embedded.analyst().connect(autocommit=True) as analyst:
        assert analyst.execute("select count(*) from numbers").fetchone() == (0,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            analyst.execute("create schema own")
        analyst.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(statement)


def test_the_analyst_enters_our_databases_only(embedded: Target) -> None:
    for name in ("postgres", "template1"):
        with pytest.raises(WarehouseError, match="permission denied for database"):
            embedded.analyst().connect(dbname=name)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "wr0ng"}, "refused the password of warehouse; correct it"),
        ({"dbname": "missing"}, "has no such database; create it"),
        ({"user": "stranger"}, "refused the password of stranger"),
    ],
)
def test_refusals_are_told_in_one_sentence(
    embedded: Target,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    sentence: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", url(embedded, **changes))
    with pytest.raises(WarehouseError) as caught:
        resolve()
    assert sentence in caught.value.message
    assert f"127.0.0.1:{embedded.port}" in caught.value.message
    assert "\n" not in caught.value.message
    for secret in ("wr0ng", embedded.password):
        assert secret not in caught.value.message


def test_versions_and_encodings_are_checked(
    embedded: Target, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", url(embedded))
    monkeypatch.setattr(connection, "OLDEST_VERSION", 19)
    with pytest.raises(WarehouseError, match="is version 18; use 19 to"):
        resolve()
    monkeypatch.setattr(connection, "OLDEST_VERSION", 15)
    monkeypatch.setattr(connection, "NEWEST_VERSION", 17)
    assert resolve().dbname == "warehouse"
    assert "tested up to 17" in caplog.text
    with embedded.connect(autocommit=True) as session:
        session.execute(
            "create database old_letters template template0 encoding 'SQL_ASCII' locale 'C'"
        )
    monkeypatch.setenv("DATABASE_URL", url(embedded, dbname="old_letters"))
    with pytest.raises(WarehouseError, match="has encoding SQL_ASCII"):
        resolve()


def test_the_password_is_never_shown(embedded: Target) -> None:
    analyst = embedded.analyst()
    for target in (embedded, analyst):
        assert target.password
        assert target.password not in f"{target!r} {target} {target.display()}"
    assert analyst.password != embedded.password
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert embedded.password.encode() not in file.read_bytes()
        except OSError:
            continue
    assert embedded.password not in server.status().log.read_text()
