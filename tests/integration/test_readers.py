"""Readers and analysts' own objects during runs and rebuilds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from landed_history import Landed, land_load
from mart_reader import KEYS
from psycopg import sql
from random_histories import history

from warehouse import queries, runs
from warehouse.connection import Target
from warehouse.errors import WarehouseError

HISTORIES = [history(seed) for seed in range(4)]
RELATIONS = (
    "select n.nspname || '.' || c.relname, c.oid from pg_class as c"
    " inner join pg_namespace as n on c.relnamespace = n.oid"
    " where n.nspname in ('staging', 'core', 'marts', 'seeds') and c.relkind in ('r', 'v')"
    " order by 1"
)


@pytest.fixture(scope="module")
def built(target: Target, session: psycopg.Connection) -> Target:
    """A warehouse with the first loads of some histories."""
    _land(session, 1)
    assert runs.run(target, session, accept=True).is_successful
    return target


def _land(session: psycopg.Connection, run_seq: int) -> None:
    for item in HISTORIES:
        for load in item.loads:
            if load.run_seq == run_seq:
                land_load(session, Landed(item), load)


def _empty(session: psycopg.Connection) -> set[str]:
    """The marts without rows."""
    query = sql.SQL("select 1 from marts.{} limit 1")
    return {
        mart
        for mart in KEYS
        if session.execute(query.format(sql.Identifier(mart))).fetchone() is None
    }


@contextmanager
def polling(target: Target) -> Iterator[tuple[list[str], set[str], list[int]]]:
    """A reader that goes through all marts again and again, as the analyst: its errors, the
    marts that it found empty, how much it has read."""
    problems: list[str] = []
    empty: set[str] = set()
    reads = [0]
    is_over = threading.Event()

    def read() -> None:
        with queries.analyst(target) as session:
            session.rollback()
            session.execute("set search_path to marts")
            session.rollback()
            while not is_over.is_set():
                for mart in KEYS:
                    try:
                        rows = session.execute(
                            sql.SQL("select * from marts.{}").format(sql.Identifier(mart))
                        ).fetchall()
                        session.rollback()
                    except psycopg.Error as error:
                        problems.append(f"{mart}: {error}")
                        session.rollback()
                        continue
                    reads[0] += 1
                    if not rows:
                        empty.add(mart)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield problems, empty, reads
    finally:
        is_over.set()
        thread.join()


def test_readers_see_no_error_during_a_run(built: Target, session: psycopg.Connection) -> None:
    before = session.execute(RELATIONS).fetchall()
    without_rows = _empty(session)
    assert len(without_rows) < len(KEYS) / 2
    with polling(built) as (problems, empty, reads):
        _land(session, 2)
        assert runs.run(built, session, accept=True).is_successful
    assert problems == []
    assert empty <= without_rows
    assert reads[0] > 0
    assert session.execute(RELATIONS).fetchall() == before


@pytest.mark.soak
def test_readers_see_no_error_and_nothing_is_dropped(
    built: Target, session: psycopg.Connection
) -> None:
    session.execute("create schema analysts")
    session.execute(
        "create view analysts.fans as select username, engagement_score"
        " from marts.top_engaged_followers where rank <= 3"
    )
    before = session.execute(RELATIONS).fetchall()
    without_rows = _empty(session)
    assert len(without_rows) < len(KEYS) / 2
    with polling(built) as (problems, empty, reads):
        for run_seq, is_rebuilt in ((2, False), (0, True), (3, False)):
            _land(session, run_seq)
            assert runs.run(built, session, rebuild=is_rebuilt, accept=True).is_successful
            without_rows |= _empty(session)
    assert problems == []
    assert empty <= without_rows
    assert reads[0] > len(KEYS)
    assert session.execute(RELATIONS).fetchall() == before
    assert session.execute("select count(*) from analysts.fans").fetchone() is not None


def test_after_a_run_percentiles_need_the_index_alone(
    built: Target, session: psycopg.Connection
) -> None:
    assert runs.run(built, session, rebuild=True, accept=True).is_successful
    pages = session.execute(
        "select relpages, relallvisible from pg_class"
        " where oid = 'core.post_scores'::regclass and reltuples > 0"
    ).fetchone()
    assert pages is not None and pages[0] == pages[1] > 0


def test_the_analyst_reads_marts_and_nothing_else(built: Target) -> None:
    with queries.analyst(built) as session:
        assert queries.ask(session, "select count(*) from followers")[1][0][0] > 0
    for statement in (
        "delete from marts.followers",
        "create table marts.mine (one integer)",
        "create temporary table mine (one integer)",
        "select * from raw.interactions",
        "select * from core.interaction_ledger",
        "select 1; select 2",
        "reset role",
    ):
        with queries.analyst(built) as session, pytest.raises((psycopg.Error, WarehouseError)):
            queries.ask(session, statement)
            queries.ask(session, "select * from raw.rejects")
