"""Logins that only read: what they may do, how they are bounded, how they come back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import Console

from warehouse import analysts, backup, connection, database, queries, runs
from warehouse.analysts import ANALYST
from warehouse.connection import Target
from warehouse.errors import WarehouseError


def _password(said: str) -> str:
    return said.rsplit(" ", 1)[1].strip()


@pytest.fixture
def login(warehouse: Console, target: Target) -> Iterator[Target]:
    """A login as `warehouse login add` makes it."""
    said = warehouse("login", "add", "metabase")
    assert said.code == 0, said
    yield replace(target, user="metabase", password=_password(said.out), is_analyst=True)
    warehouse("login", "remove", "metabase")


def test_a_login_reads_the_marts_and_is_bounded(
    login: Target, session: psycopg.Connection
) -> None:
    session.execute("create or replace view marts.one as select 1 as one")
    try:
        with login.connect(autocommit=True) as opened:
            assert opened.execute("select one from one").fetchone() == (1,)
            for name, value in [*analysts.SETTINGS.items(), analysts.TEMPORARY_FILES]:
                assert opened.execute(f"show {name}").fetchone() == (value,)
            opened.execute("set default_transaction_read_only = off")
            for statement in (
                "create table marts.own (n integer)",
                "create temporary table own (n integer)",
                "select * from raw.loads",
                "do $$ begin lock table raw.run_lock in access share mode; end $$",
                "set temp_file_limit = -1",
                "drop view marts.one",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    opened.execute(statement)
    finally:
        session.execute("drop view marts.one")
    limit = "select rolconnlimit from pg_roles where rolname = 'metabase'"
    assert session.execute(limit).fetchone() == (analysts.CONNECTIONS,)


def test_logins_are_listed_and_removed(login: Target, warehouse: Console) -> None:
    with login.connect() as opened:
        assert "metabase" in warehouse("login", "list").out
        sentence = warehouse.fails("login", "add", "metabase")
        assert "a login of this warehouse" in sentence
        assert warehouse("login", "remove", "metabase").code == 0
        with pytest.raises(psycopg.OperationalError):
            opened.execute("select 1")
    with pytest.raises(WarehouseError, match="refused the password of metabase"):
        login.connect()
    assert "was not created by" in warehouse.fails("login", "remove", "metabase")


def test_only_our_own_logins_are_touched(
    warehouse: Console, session: psycopg.Connection
) -> None:
    session.execute("create role somebody login")
    try:
        assert "on this server" in warehouse.fails("login", "add", "somebody")
        for name in ("somebody", ANALYST, "warehouse"):
            assert "nothing was removed" in warehouse.fails("login", "remove", name)
        assert analysts.exists(session, "somebody")
    finally:
        session.execute("drop role somebody")
    for name in ("pg_mine", "Ann", "a b", "x" * 64, "1a", "a;b"):
        assert "cannot be a login" in warehouse.fails("login", "add", name, code=2)
    assert "Name the login" in warehouse.fails("login", "add", code=2)
    assert "takes no name" in warehouse.fails("login", "list", "ann", code=2)


def test_up_repairs_the_role(
    warehouse: Console, target: Target, session: psycopg.Connection
) -> None:
    session.execute(f"alter role {ANALYST} password 'other' connection limit 1 nologin")
    session.execute(f"alter role {ANALYST} reset all")
    session.execute(f"revoke usage on schema marts from {ANALYST}")
    assert warehouse("up").code == 0
    with target.analyst().connect() as opened:
        assert opened.execute("show statement_timeout").fetchone() == ("5min",)
        assert opened.execute("show search_path").fetchone() == ("marts",)
        usage = "select has_schema_privilege('marts', 'usage')"
        assert opened.execute(usage).fetchone() == (True,)


def test_an_analyst_cannot_hold_a_run(target: Target, session: psycopg.Connection) -> None:
    with target.analyst().connect() as analyst:
        for key in (7281943650123, 7281943650125):  # what runs and upgrades once waited for
            analyst.execute("select pg_advisory_lock(%s)", (key,))
        with runs.run_lock(session):
            pass


def test_one_run_at_a_time(target: Target, session: psycopg.Connection) -> None:
    with runs.run_lock(session) as holder, target.connect(autocommit=True) as other:
        with pytest.raises(WarehouseError, match="Another run is active"), runs.run_lock(other):
            pass
        with pytest.raises(psycopg.errors.RaiseException, match=f"process {holder}"):
            other.execute("select raw.begin_run('of plain dbt')")
    with runs.run_lock(session):
        pass


def test_questions_are_bounded_on_an_own_server(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(analysts.SETTINGS, "statement_timeout", "50ms")
    with (
        queries.analyst(replace(target, embedded=False)) as asked,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        asked.execute("select pg_sleep(5)")


@pytest.fixture
def plain_owner(target: Target, session: psycopg.Connection) -> Iterator[Target]:
    """A login without any right over roles, and a database of its own."""
    session.execute("create role plain login password 'pl41n'")
    session.execute("create database plain owner plain")
    yield replace(target, user="plain", password="pl41n", dbname="plain", embedded=False)
    session.execute("drop database plain with (force)")
    session.execute("drop role plain")


@contextmanager
def _own_server(target: Target) -> Iterator[Console]:
    """The command line with DATABASE_URL."""
    with pytest.MonkeyPatch.context() as patch:
        address = f"{target.user}:{target.password}@{target.host}:{target.port}"
        patch.setenv("DATABASE_URL", f"postgresql://{address}/{target.dbname}")
        yield Console(target)


def test_without_createrole_the_advised_steps_end_in_a_working_query(
    plain_owner: Target, session: psycopg.Connection
) -> None:
    with _own_server(plain_owner) as warehouse:
        assert warehouse("up").code == 0
        sentence = warehouse.fails("query", "select 1 as one")
        advised = sentence.split("`")[1]
        assert advised == f"grant {ANALYST} to plain"
        session.execute(advised)
        assert "`warehouse up`" in sentence
        assert warehouse("up").code == 0
        assert warehouse("query", "--csv", "select 1 as one").out == "one\n1\n"
        with plain_owner.connect(autocommit=True) as owner:
            owner.execute("create view marts.one as select 1 as one")
        assert warehouse("query", "--csv", "table one").out == "one\n1\n"
        assert "let an administrator run" in warehouse.fails("login", "add", "ann")
        assert not analysts.exists(session, "ann")


def test_settings_that_change_meaning_are_the_same_in_every_session(
    plain_owner: Target, session: psycopg.Connection
) -> None:
    for setting in (
        "timezone = 'Asia/Tokyo'",
        "datestyle = 'German, DMY'",
        "default_transaction_isolation = 'serializable'",
        "intervalstyle = 'iso_8601'",
        "search_path = 'nowhere'",
        "bytea_output = 'escape'",
        "statement_timeout = '1ms'",
        "extra_float_digits = 0",
        "standard_conforming_strings = off",
        "transform_null_equals = on",
    ):
        session.execute(f"alter database plain set {setting}")
    with _own_server(plain_owner):
        target = connection.resolve()
        with target.connect(autocommit=True) as opened:
            for name, value in connection.PINNED.items():
                found = opened.execute("select current_setting(%s)", (name,)).fetchone()
                assert found is not None
                assert found[0].split(", ")[0] == value, name
            assert opened.execute("show statement_timeout").fetchone() == ("0",)
            database.prepare(opened)
        shown = subprocess.run(
            [backup.program(target, "psql"), "-Atc", "show timezone", "-c", "show datestyle"],
            env={**os.environ, **target.environment()},
            capture_output=True,
            text=True,
            check=True,
        )
        assert shown.stdout.splitlines()[0] == "UTC"


def test_an_encrypted_server_wants_a_psql_that_encrypts(
    target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    encrypted = replace(target, embedded=False, sslmode="require")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WarehouseError, match="bundled psql cannot encrypt"):
        backup.program(encrypted, "psql")
    assert backup.program(replace(encrypted, sslmode="prefer"), "psql").endswith("bin/psql")
    program = tmp_path / "psql"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert backup.program(encrypted, "psql") == str(program)


def _login(target: Target) -> dict[str, Any]:
    return {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        "password": target.password,
        "dbname": target.dbname,
    }


PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def _pool(target: Target, *, ignores_options: bool) -> Iterator[Target]:
    """A real PgBouncer in transaction mode in front of the server."""
    assert PGBOUNCER is not None
    port = 20_000 + os.getpid() % 20_000
    folder = Path(tempfile.mkdtemp(prefix="warehouse-pool-"))
    folder.chmod(0o755)
    (folder / "users.txt").write_text(f'"{target.user}" "{target.password}"\n')
    ignored = "extra_float_digits, options" if ignores_options else "extra_float_digits"
    (folder / "pool.ini").write_text(
        "[databases]\n"
        f"* = host={target.host} port={target.port}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\n"
        f"auth_file = {folder / 'users.txt'}\npool_mode = transaction\n"
        f"unix_socket_dir =\nignore_startup_parameters = {ignored}\n"
    )
    (folder / "users.txt").chmod(0o644)
    command = [PGBOUNCER, str(folder / "pool.ini")]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    pool = replace(target, port=port, embedded=False)
    try:
        for _ in range(100):
            try:
                psycopg.connect(**_login(pool)).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        yield pool
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@pytest.mark.skipif(PGBOUNCER is None, reason="needs PgBouncer (Debian: pgbouncer)")
@pytest.mark.parametrize("ignores_options", [True, False])
def test_a_pool_in_transaction_mode_is_refused(target: Target, ignores_options: bool) -> None:
    with (
        _pool(target, ignores_options=ignores_options) as pool,
        _own_server(pool) as warehouse,
    ):
        sentence = warehouse.fails("status")
        assert "is a pool that" in sentence
        assert "name PostgreSQL itself" in sentence


@pytest.mark.skipif(PGBOUNCER is None, reason="needs PgBouncer (Debian: pgbouncer)")
def test_the_run_lock_excludes_through_a_pool(
    target: Target, session: psycopg.Connection
) -> None:
    with _pool(target, ignores_options=True) as pool:
        pooled = psycopg.connect(**_login(pool), autocommit=True)
        with (
            pooled,
            runs.run_lock(pooled),
            pytest.raises(WarehouseError, match="Another run is active"),
            runs.run_lock(session),
        ):
            pass
        with runs.run_lock(session):
            pass
