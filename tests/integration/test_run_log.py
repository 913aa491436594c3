"""The log of runs: successes, failures and what the quality gate held, with the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from command_line import Console
from gate_loads import Landing

from warehouse import run_log
from warehouse.connection import Target

pytestmark = pytest.mark.first_build


@pytest.fixture
def landing(target: Target, session: psycopg.Connection) -> Iterator[Landing]:
    """A database without loads and runs."""
    session.execute("truncate raw.runs, raw.run_problems cascade")
    yield Landing(target, session)
    for table in ("rejects", "interactions", "load_counts", "loads", "runs"):
        session.execute(
            psycopg.sql.SQL("delete from raw.{}").format(psycopg.sql.Identifier(table))
        )


def begin(session: psycopg.Connection, invocation: str) -> int:
    """Return the number of a run that has begun."""
    row = session.execute("select raw.begin_run(%s)", (invocation,)).fetchone()
    assert row is not None
    return int(row[0])


def end(session: psycopg.Connection, run_seq: int, *, is_successful: bool) -> None:
    """End a run as dbt does."""
    session.execute(
        "update raw.runs set finished_at = started_at + interval '2.5 s', is_successful = %s"
        " where run_seq = %s",
        (is_successful, run_seq),
    )


def test_attempts_that_end_alike_have_one_row(landing: Landing, warehouse: Console) -> None:
    """The next one, which ends differently, has its own."""
    assert warehouse("runs").out.startswith("There was no run yet")
    assert warehouse("runs", "--json").out == "[]\n"
    sentences = ["acme: 99 % were rejected.", "acme: 99 % were rejected."]
    for said in ([], sentences, sentences[:1], sentences):
        run_log.keep(landing.session, said, run_seq=None, is_held=True, seconds=2)
    (held,) = run_log.newest(landing.session, 10)
    assert (held.run_seq, held.outcome, held.load_count) == (None, "held", 0)
    assert held.problems == sentences[:1]
    assert held.seconds is not None
    assert held.seconds > 2
    run_log.keep(landing.session, ["dbt: no disk"], run_seq=None, is_held=False, seconds=1)
    newest, oldest = run_log.newest(landing.session, 10)
    assert (newest.outcome, newest.problems) == ("failed", ["dbt: no disk"])
    assert oldest == held
    said_of_runs = warehouse("runs").out
    assert "acme: 99 % were rejected." in said_of_runs
    assert said_of_runs.index("dbt: no disk") < said_of_runs.index("acme: 99 %")
    status = warehouse("status")
    assert "UTC, failed." in status.out
    assert "`warehouse runs` says why" in status.err


def test_each_outcome_has_its_word(landing: Landing, warehouse: Console) -> None:
    session = landing.session
    landing.land_good(40)
    end(session, begin(session, "first"), is_successful=True)
    failed = begin(session, "second")
    end(session, failed, is_successful=False)
    run_log.keep(session, ["a  test:\nfound a row"], run_seq=failed, is_held=False, seconds=1)
    begin(session, "third")
    session.execute("insert into raw.runs (invocation_id, schema_prefix) values ('x', 'past_')")
    told = json.loads(warehouse("runs", "--json").out)
    assert [(run["outcome"], run["seconds"], run["load_count"]) for run in told] == [
        ("unfinished", None, 0),
        ("failed", 2.5, 0),
        ("succeeded", 2.5, 1),
    ]
    assert [run["record_count"] for run in told] == [0, 0, 40]
    assert [run["problems"] for run in told] == [[], ["a test: found a row"], []]
    (last,) = json.loads(warehouse("runs", "--last", "1", "--json").out)
    assert last == told[0]
    with landing.target.connect() as holder:
        holder.execute("lock table raw.run_lock in exclusive mode")
        assert [run.outcome for run in run_log.newest(session, 2)] == ["running", "failed"]
    session.execute("delete from raw.runs where run_seq = %s", (failed,))
    assert session.execute("select count(*) from raw.run_problems").fetchone() == (0,)
