"""A small run reads only what is new, however much is stored; statistics keep plans right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from blocks_read import blocks_read
from psycopg import sql

from benchmarks import serving
from benchmarks.synthetic import Deliveries
from warehouse import loading, runs
from warehouse.connection import Target
from warehouse.transform import Dbt
from warehouse.web.pages.content import CONTENT_ITEM
from warehouse.web.pages.followers import FOLLOWER
from warehouse.web.pages.visit import Page

BEGIN, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=60)
STORED, BATCH = 60_000, 1_000  # few enough to look up, enough to tempt to join
MANY = 5_000  # rows of a relation: fewer may be read whole
MOST_BLOCKS = 5  # of one relation that a run looks at for each record
READ = (
    "select relname, n_live_tup, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
    " from pg_stat_user_tables where schemaname in ('core', 'raw')"
)

PLACES = (0, 20, 200)  # of the busiest
MOST_READ = 1_000  # rows of a relation that one thing's question reads, beyond twice its own
OF_FOLLOWERS = (
    "select workspace_id, follower_id, interaction_count from core.follower_totals"
    " order by interaction_count desc, follower_id offset %s limit 1"
)
OF_CONTENT = (
    "select workspace_id, content_id, total_interactions"
    " from marts.content_cross_platform_summary"
    " order by total_interactions desc, content_id offset %s limit 1"
)


def _land(
    session: psycopg.Connection, deliveries: Deliveries, path: Path, records: int
) -> None:
    deliveries.write(path, records, BEGIN, SPAN)
    list(loading.load(session, [str(path)], loading.Declared("growth")))


def _read(session: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Of each stored relation, how many rows it has, and how many were ever read of it."""
    session.execute("select pg_stat_force_next_flush()")
    return {name: (rows, read) for name, rows, read in session.execute(READ)}


def test_a_run_reads_of_no_relation_what_is_stored(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    deliveries = Deliveries(seed=1, followers=20_000, contents=400)
    _land(session, deliveries, tmp_path / "stored.ndjson", STORED)
    fetched = blocks_read(session)
    assert runs.run(target, session, accept=True).is_successful
    again_and_again = {
        name: blocks - fetched[name]
        for name, blocks in blocks_read(session).items()
        if blocks - fetched[name] > MOST_BLOCKS * STORED
    }
    assert again_and_again == {}, "into empty relations, whose statistics know no row"
    session.execute("vacuum (analyze)")
    before = _read(session)
    assert before["interaction_ledger"][0] > STORED / 2
    assert before["follower_totals"][0] > MANY
    _land(session, deliveries, tmp_path / "new.ndjson", BATCH)
    assert runs.run(target, session, accept=True).is_successful
    after = _read(session)
    read_whole = {
        name: (rows, after[name][1] - read)
        for name, (rows, read) in before.items()
        if rows > MANY and after[name][1] - read >= rows
    }
    assert read_whole == {}
    _assert_looked_up(session, FOLLOWER, OF_FOLLOWERS)
    _assert_looked_up(session, CONTENT_ITEM, OF_CONTENT)


def _assert_looked_up(session: psycopg.Connection, page: Page, busiest: str) -> None:
    """Check that a page about one thing reads little of what is about others."""
    session.execute("set search_path to marts")
    for place in PLACES:
        row = session.execute(busiest, (place,)).fetchone()
        assert row is not None
        workspace, key, count = row
        for statement in serving.questions(page, workspace, key):
            before = _read(session)
            session.execute(statement.text, statement.values).fetchall()
            after = _read(session)
            read = {
                name: after[name][1] - rows
                for name, (stored, rows) in before.items()
                if stored > MANY and after[name][1] - rows > 2 * count + MOST_READ
            }
            assert read == {}, (place, count, statement.text.as_string(session))
    session.execute("reset search_path")


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _of_every_kind(path: Path, types: list[str]) -> None:
    """Write what each stored model looks at: every type on a chat, a tracker and a feed."""
    done_to: dict[str, Any] = {"record": "interaction", "actor_id": "ann", "post_id": "room"}
    done_to |= {"text": "see ENG-1", "sentiment": "negative", "occurred_at": BEGIN.isoformat()}
    records: list[dict[str, Any]] = []
    for platform in ("discord", "linear", "product"):
        said = f"{platform}-message"
        of_platform: list[dict[str, Any]] = [
            {"record": "post", "post_id": "room", "type": "channel", "title": "Room"},
            {"record": "post", "post_id": said, "type": "message"},
            {"record": "counter", "post_id": said, "metric": "reaction", "value": 3},
        ]
        for name in types:
            answered = {"parent_id": said} if name != "message" else {}
            of_platform.append(
                {**done_to, "id": f"{platform}-{name}", "type": name, **answered}
            )
        records += [{"platform": platform, **record} for record in of_platform]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def _reads_whole(node: dict[str, Any]) -> bool:
    """Return whether a node of a plan reads the ledger or its index from end to end."""
    place = node.get("Relation Name") or node.get("Index Name") or ""
    is_scan = node["Node Type"] != "Bitmap Heap Scan"  # of which the nodes below it tell
    return place.startswith("interaction_ledger") and is_scan and "Index Cond" not in node


def test_no_stored_model_looks_for_a_way_through_the_ledger(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    """Each finds what it wants by an index, whether or not a run delivers what it wants."""
    rows = session.execute("select interaction_type from seeds.interaction_types").fetchall()
    types = [*(name for (name,) in rows), "voice_leave"]
    _of_every_kind(tmp_path / "kinds.ndjson", types)
    list(loading.load(session, [str(tmp_path / "kinds.ndjson")], loading.Declared("growth")))
    done: Any = Dbt(target).invoke(["run", "--select", "config.materialized:incremental"])
    assert done.success
    stored = {
        each.node.name: each.node.compiled_code
        for each in done.result.results
        if each.node.resource_type == "model"  # not a hook
    }
    assert {"interaction_ledger", "voice_events", "follower_totals"} <= stored.keys()
    read_whole = {}
    for name, statement in stored.items():
        row = session.execute(sql.SQL("explain (format json) {}").format(sql.SQL(statement)))
        (plan,) = row.fetchone() or ([],)
        if found := [node for node in _nodes(plan[0]["Plan"]) if _reads_whole(node)]:
            read_whole[name] = [(node["Node Type"], node.get("Filter")) for node in found]
    assert read_whole == {}


@pytest.mark.parametrize(
    "asked",
    [
        sql.SQL(""),
        sql.SQL("where workspace_id = 'growth'"),
        sql.SQL("where workspace_id = 'of nobody'"),
        sql.SQL("where platform = 'shop'"),
        sql.SQL("where workspace_id = 'growth' and platform = 'shop'"),
        sql.SQL("where {key} = {follower}"),
    ],
    ids=lambda asked: asked.as_string().replace("where ", "") or "all",
)
@pytest.mark.parametrize(
    ("mart", "key"),
    [
        ("follower_activity_timeline", "follower_id"),
        ("follower_interactions", "follower_id"),
        ("interaction_history", "participant_id"),
    ],
)
def test_the_newest_are_read_by_index(
    session: psycopg.Connection, mart: str, key: str, asked: sql.SQL
) -> None:
    """Of the 60,000 that the test before has stored, no more is read than is shown.

    The index of a follower also holds what was replaced or retracted, which is filtered.
    """
    row = session.execute("select follower_id from marts.top_engaged_followers").fetchone()
    assert row is not None
    condition = asked.format(key=sql.Identifier(key), follower=sql.Literal(row[0]))
    statement = sql.SQL(
        "explain (analyze, format json)"
        " select * from marts.{} {} order by occurred_at desc limit 100"
    ).format(sql.Identifier(mart), condition)
    row = session.execute(statement).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    read = {
        node["Relation Name"]: (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        * node["Actual Loops"]
        for node in _nodes(plan)
        if "Relation Name" in node
    }
    filtered = 10 if "{follower}" in asked.as_string() else 0
    assert 0 <= read["interaction_ledger"] - plan["Actual Rows"] <= filtered
    assert max(read.values()) <= 100 + filtered


@pytest.fixture
def numbers(session: psycopg.Connection) -> str:
    """A relation of 5,000 rows whose statistics are known."""
    session.execute("drop table if exists public.numbers")
    session.execute(
        "create table public.numbers as"
        " select i as run_seq, i as other from generate_series(1, 5000) as i"
    )
    session.execute("select pg_stat_force_next_flush()")
    session.execute("select raw.refresh_statistics('public.numbers', 'run_seq')")
    assert _common(session) == {"run_seq": False, "other": False}
    return "public.numbers"


def _common(session: psycopg.Connection) -> dict[str, bool]:
    """Of each column, whether statistics know a value that many rows have."""
    return dict(
        session.execute(
            "select attname, most_common_vals is not null from pg_stats"
            " where schemaname = 'public' and tablename = 'numbers'"
        ).fetchall()
    )


@pytest.mark.parametrize(
    ("new", "rising", "known"),
    [
        (400, "run_seq", {"run_seq": True, "other": False}),
        (400, None, {"run_seq": False, "other": False}),
        (600, "run_seq", {"run_seq": True, "other": True}),
        (600, None, {"run_seq": True, "other": True}),
    ],
)
def test_statistics_are_made_anew_where_a_tenth_has_changed(
    session: psycopg.Connection,
    numbers: str,
    new: int,
    rising: str | None,
    known: dict[str, bool],
) -> None:
    with session.transaction():  # what a transaction itself has written counts, too
        session.execute(
            sql.SQL("insert into {} select 9999, 9999 from generate_series(1, {})").format(
                sql.Identifier("public", "numbers"), new
            )
        )
        session.execute("select raw.refresh_statistics(%s, %s)", (numbers, rising))
    assert _common(session) == known
