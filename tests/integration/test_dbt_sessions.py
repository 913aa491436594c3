"""A thread of dbt goes on in one session, which is as empty at each node as a new one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from command_line import GOOD, Console

from warehouse import dbt_sessions
from warehouse.connection import Target

USED = """
create temporary table x (); prepare y as select 1; set work_mem = '77MB';
select pg_advisory_lock(7); create table z ();
"""
LEFT = """
select 'temporary table' from pg_class where relname = 'x'
union all select 'prepared statement' from pg_prepared_statements
union all select 'setting' where current_setting('work_mem') = '77MB'
union all select 'lock' from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
union all select 'transaction' from pg_class where relname = 'z'
"""
SESSIONS = "select sum(sessions)::integer from pg_stat_database"
MOST = 12  # of a run: two threads of dbt, its own thread, ours, those of the server itself


@pytest.fixture
def connection(target: Target) -> Iterator[Any]:
    """A connection as dbt has it, in a transaction."""
    psycopg2: Any = import_module("psycopg2")
    handle = psycopg2.connect(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password,
        dbname=target.dbname,
    )
    yield SimpleNamespace(handle=handle, transaction_open=True)
    handle.close()


def left(connection: Any) -> list[str]:
    """Return what a session has of its own."""
    with connection.handle.cursor() as cursor:
        cursor.execute(LEFT)
        return [name for (name,) in cursor.fetchall()]


def test_a_session_is_emptied(connection: Any) -> None:
    with connection.handle.cursor() as cursor:
        cursor.execute(USED)
    assert len(left(connection)) == 5
    assert dbt_sessions.is_emptied(connection)
    assert left(connection) == []
    assert not connection.transaction_open
    assert not connection.handle.autocommit


def test_a_session_that_has_ended_is_no_session(
    connection: Any, session: psycopg.Connection
) -> None:
    session.execute(
        "select pg_terminate_backend(%s)", (connection.handle.get_backend_pid(),)
    ).fetchall()
    assert not dbt_sessions.is_emptied(connection)


def test_a_run_needs_few_sessions(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "good.ndjson").write_bytes(GOOD)
    assert warehouse("load", tmp_path, "-w", "acme").code == 0
    before = session.execute(SESSIONS).fetchall()[0][0]
    assert warehouse("run").code == 0
    after = session.execute(SESSIONS).fetchall()[0][0]
    assert 0 < after - before <= MOST
