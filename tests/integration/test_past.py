"""A build of the past goes into schemas of its own and changes nothing published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from landed_history import Landed, decide, land_load
from mart_comparison import differences
from mart_reader import read_marts
from oracle import Workspace
from psycopg import sql
from random_histories import AS_OF, Load, history
from seed_reader import project_seeds

from warehouse import database, queries, runs
from warehouse.connection import Target
from warehouse.errors import WarehouseError

pytestmark = pytest.mark.soak  # each builds marts beside those that are published

HISTORIES = [  # taken up by one run, in workspaces that nobody configured
    replace(
        item,
        workspace=Workspace(item.workspace.workspace_id),
        own_accounts=(),
        loads=tuple(replace(load, run_seq=1) for load in item.loads),
    )
    for item in map(history, range(8))
]
PAST = AS_OF - timedelta(days=20)


@pytest.fixture(scope="module")
def landed(target: Target, session: psycopg.Connection) -> list[Landed]:
    """Some histories, published."""
    landed = [Landed(item) for item in HISTORIES]
    for item in landed:
        decide(session, item.history)
        for load in item.history.loads:
            land_load(session, item, load)
    publish(target, session)
    return landed


def publish(target: Target, session: psycopg.Connection) -> runs.Outcome:
    """A run of everything that waits."""
    outcome = runs.run(target, session, accept=True, as_of=AS_OF.isoformat())
    assert outcome.is_successful, outcome
    return outcome


def build(target: Target, session: psycopg.Connection, as_of: str) -> runs.Outcome:
    """A build of the past."""
    outcome = runs.run(target, session, as_of=as_of, schema="then")
    assert outcome.is_successful, outcome
    return outcome


def published(session: psycopg.Connection) -> dict[str, object]:
    """Every published relation as a fingerprint of its rows, and how far each has come."""
    schemas = list(database.PUBLISHED)
    tables = session.execute(
        "select schemaname, tablename from pg_tables where schemaname = any(%s)", (schemas,)
    ).fetchall()
    found: dict[str, object] = {}
    for name in tables:
        rows = sql.SQL("select md5(string_agg(rel::text, ' ' order by rel::text)) from {} rel")
        found[".".join(name)] = session.execute(rows.format(sql.Identifier(*name))).fetchone()
    found["progress"] = session.execute(
        "select * from raw.model_progress where schema_name = any(%s) order by 1, 2", (schemas,)
    ).fetchall()
    return found


def test_the_past_stands_beside_what_is_published(
    target: Target, session: psycopg.Connection, landed: list[Landed]
) -> None:
    before = published(session)
    outcome = build(target, session, PAST.isoformat())
    assert outcome.marts == "then_marts"
    assert (outcome.load_count, outcome.posted, outcome.waiting_count) == (0, 0, 0)
    seeds = project_seeds()
    past = read_marts(session, "then_marts")
    assert differences(past, landed, seeds, PAST) == []
    assert differences(read_marts(session), landed, seeds) == []
    assert published(session) == before
    # a warehouse of the same rows whose clock stopped then
    assert runs.run(target, session, as_of=PAST.isoformat()).is_successful
    assert read_marts(session) == read_marts(session, "then_marts")
    publish(target, session)


def test_it_can_go_back_and_on(
    target: Target, session: psycopg.Connection, landed: list[Landed]
) -> None:
    for days in (60, 3):
        as_of = AS_OF - timedelta(days=days)
        build(target, session, as_of.isoformat())
        found = read_marts(session, "then_marts")
        assert differences(found, landed, project_seeds(), as_of) == []


@pytest.mark.parametrize(
    "parts", [(2,), pytest.param((2, 4, None), marks=pytest.mark.soak)], ids=["half", "more"]
)
def test_only_what_had_been_received_is_known(
    target: Target,
    session: psycopg.Connection,
    landed: list[Landed],
    parts: tuple[int | None, ...],
) -> None:
    received = sorted(load.received_at for item in HISTORIES for load in item.loads)
    before = published(session)
    for part in parts:
        known_at = None if part is None else received[len(received) // part]
        outcome = runs.run(
            target,
            session,
            as_of=PAST.isoformat(),
            known_at=None if known_at is None else known_at.isoformat(),
            schema="then",
        )
        assert outcome.is_successful, outcome
        found = read_marts(session, "then_marts")
        assert differences(found, landed, project_seeds(), PAST, known_at) == []
    assert published(session) == before


def test_the_next_run_has_nothing_new(
    target: Target, session: psycopg.Connection, landed: list[Landed]
) -> None:
    assert landed
    assert publish(target, session).run_seq is None
    build(target, session, PAST.isoformat())
    assert publish(target, session).run_seq is None
    for schema in ("then_marts", "then_core", "then_staging", "then_seeds"):
        session.execute(
            sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)).as_string(session)
        )
    assert publish(target, session).run_seq is None
    build(target, session, PAST.isoformat())
    assert differences(read_marts(session, "then_marts"), landed, project_seeds(), PAST) == []


def test_what_waits_goes_on_waiting(
    target: Target, session: psycopg.Connection, landed: list[Landed]
) -> None:
    item = landed[0]
    late = {
        "record": "interaction",
        "platform": "product",
        "id": "late",
        "type": "like",
        "actor_id": "zoe",
        "occurred_at": (PAST - timedelta(days=1)).isoformat(),
    }
    load = Load(run_seq=9, load_no=99, received_at=AS_OF, records=(late,))
    land_load(session, item, load)
    outcome = build(target, session, PAST.isoformat())
    assert outcome.waiting_count == 1
    assert differences(read_marts(session, "then_marts"), landed, project_seeds(), PAST)
    assert publish(target, session).load_count == 1
    assert build(target, session, PAST.isoformat()).waiting_count == 0
    assert differences(read_marts(session, "then_marts"), landed, project_seeds(), PAST) == []
    assert differences(read_marts(session), landed, project_seeds()) == []


def test_the_analyst_asks_it_and_nothing_behind_it(
    target: Target, landed: list[Landed]
) -> None:
    assert landed
    with queries.analyst(target, database.marts_of("then")) as asking:
        assert queries.ask(asking, "select count(*) from followers")[1][0][0] > 0
    with (
        queries.analyst(target, database.marts_of("then")) as asking,
        pytest.raises(WarehouseError, match="may only read the marts"),
    ):
        queries.ask(asking, "select * from then_core.interaction_ledger")
    with (
        pytest.raises(WarehouseError, match="run --as-of … --schema never"),
        queries.analyst(target, database.marts_of("never")),
    ):
        pass
