"""What a run has to build: the stored models that something new concerns, and their checks.

Source: what waits in `raw`; dbt's manifest, which says of which tables of `raw` a model is
        made, directly or through others, and, as its `platforms_in`, which seed names the
        platforms that it is about.
Shape:  the `Last` run; names of tables and platforms; arguments of dbt that select.
Errors: none.

What is left out has nothing to do: no row of the tables that it is made of is new, of the
platforms that it is about, and nothing in them has come due. What is committed, or comes due,
after the plan waits for the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from warehouse import database
from warehouse.project import Fingerprint

CONTENT = "content"
LANDED = ("interactions", "profiles", "posts", CONTENT, "counters", "labels")
DECISIONS = "decisions"
AHEAD = (  # what waits for its time: relation, its time, the table of raw that it is made of
    ("interaction_ledger", "effective_at", "interactions"),
    ("profile_history", "observed_at", "profiles"),
    ("counter_history", "observed_at", "counters"),
)
RECORDED = frozenset({*LANDED, DECISIONS})
CLOCK = "clock"  # of what depends on the instant of the run alone
CHOSEN = "has_news"  # tag, in the copy of the manifest that one build reads
News = Mapping[str, frozenset[str]]  # tables of raw, each with the platforms of what is new
EVERY = frozenset({"*"})  # platforms, where it does not matter which


@dataclass(frozen=True)
class Last:
    """The last run: whole, of this project, and everything that it published is there.

    `is_shown`: the views show the instant that is asked for.
    """

    run_seq: int
    as_of: datetime
    by_the_clock: bool
    is_shown: bool


def last_whole_run(session: psycopg.Connection, wanted: Fingerprint) -> Last | None:
    """Return the last run where it was whole and of this project, and nothing went since."""
    published = database.published(session)
    row = session.execute(
        "select run.run_seq, run.as_of, run.as_of >= run.started_at, run.project_fingerprint"
        " from raw.runs as run where run.schema_prefix = '' and run.run_seq ="
        " (select max(run_seq) from raw.runs where schema_prefix = '')"
        " and run.is_successful and split_part(run.project_fingerprint, ' ', 1) = %s"
        " and not exists (select 1 from raw.model_progress where schema_name = any(%s) and"
        " to_regclass(quote_ident(schema_name) || '.' || quote_ident(model_name)) is null)"
        " and not exists (select 1 from raw.relations where schema_name = any(%s) and"
        " raw.is_ours(to_regclass(format('%%I.%%I', schema_name, relation_name))) is not true)",
        (wanted.project, published, published),
    ).fetchone()
    return None if row is None else Last(row[0], row[1], bool(row[2]), row[3] == str(wanted))


def is_any(session: psycopg.Connection, last: Last, as_of: str | None) -> bool:
    """Whether a load or a decision waits for a run, or something has come due."""
    return _exists(
        session, sql.SQL("select 1 from raw.loads where run_seq is null"), ()
    ) or bool(waiting(session, last, as_of))


def waiting(
    session: psycopg.Connection, last: Last, as_of: object, held: Sequence[str] = ()
) -> News:
    """Return the tables of raw with rows that no run has taken up, or that have come due.

    `held`: workspaces whose loads the quality gate keeps back.
    """
    return {**_landed(session, held), **dict.fromkeys(_due(session, last, as_of), EVERY)}


def _landed(session: psycopg.Connection, held: Sequence[str]) -> dict[str, frozenset[str]]:
    loads = [
        load_id
        for (load_id,) in session.execute(
            "select load_id from raw.loads where run_seq is null and workspace_id <> all(%s)"
            " order by load_id",
            (list(held),),
        )
    ]
    found = {table: _platforms(session, table, loads) for table in LANDED}
    decided = sql.SQL("select 1 from raw.decisions where run_seq is null")
    if _exists(session, decided, ()):
        found[DECISIONS] = EVERY
    return {table: platforms for table, platforms in found.items() if platforms}


def _platforms(session: psycopg.Connection, table: str, loads: Sequence[int]) -> frozenset[str]:
    """Return the platforms of what these loads brought to a table; content may have several."""
    platform = sql.Literal("*") if table == CONTENT else sql.Identifier("platform")
    rows = session.execute(
        sql.SQL("select distinct {} from {} where load_id = any(%s)").format(
            platform, sql.Identifier("raw", table)
        ),
        (loads,),
    )
    return frozenset(name for (name,) in rows)


def _due(session: psycopg.Connection, last: Last, as_of: object) -> set[str]:
    """What was ahead of the last run; where it went by the clock, it was ahead of receipt."""
    return {
        table
        for relation, instant, table in AHEAD
        if _exists(
            session,
            sql.SQL(
                "select 1 from {relation} where {ahead} {instant} > %s"
                " and {instant} <= coalesce(%s::timestamptz, clock_timestamp())"
            ).format(
                relation=sql.Identifier("core", relation),
                ahead=sql.SQL("{} > received_at and" if last.by_the_clock else "").format(
                    sql.Identifier(instant)
                ),
                instant=sql.Identifier(instant),
            ),
            (last.as_of, as_of),
        )
    }


def _exists(
    session: psycopg.Connection, query: sql.Composable, values: tuple[Any, ...]
) -> bool:
    found = session.execute(sql.SQL("select exists ({})").format(query), values).fetchone()
    return bool(found and found[0])


def plan(
    session: psycopg.Connection,
    manifest: Any,
    last: Last,
    as_of: Any,
    held: Sequence[str] = (),
) -> Plan | None:
    """Return what to build; None where that is everything.

    It is, where the clock has gone back or a model is behind.
    """
    row = session.execute(
        "select now, coalesce(%s::timestamptz, now)"
        " from (select clock_timestamp()) as clock (now)",
        (as_of,),
    ).fetchone()
    assert row is not None
    planned_at, instant = row
    if instant < last.as_of:
        return None
    news = waiting(session, last, instant, held)
    found = Plan(manifest, last, news, planned_at)
    found.read_platforms(session)
    return found if found.is_level(session) else None


class Plan:
    """Which nodes of a project a run builds."""

    def __init__(self, manifest: Any, last: Last, news: News, planned_at: datetime) -> None:
        self._nodes = manifest.nodes
        self._last = last
        self._news = news
        self._platforms: dict[str, frozenset[str]] = {}  # of each seed that limits a model
        self._planned_at = planned_at
        self._made_of = cache(self._find_made_of)
        self._stored = [
            node
            for node in self._nodes.values()
            if node.resource_type == "model" and node.config.materialized == "incremental"
        ]

    def _find_made_of(self, node_id: str) -> frozenset[str]:
        """Return the tables of raw of which a node is made; models of none go by the clock."""
        if node_id.startswith("source."):
            return frozenset({node_id.rpartition(".")[2]})
        node = self._nodes.get(node_id)
        if node is None or node.resource_type == "seed":
            return frozenset()
        found = frozenset[str]().union(*map(self._made_of, node.depends_on.nodes))
        if node.resource_type == "model" and not found & RECORDED:
            return frozenset({CLOCK}) if node.config.materialized == "incremental" else found
        return found

    def read_platforms(self, session: psycopg.Connection) -> None:
        """Read of each seed that limits models which platforms it names."""
        for seed in {self._limit(node) for node in self._stored} - {None}:
            (node,) = (
                each
                for each in self._nodes.values()
                if each.resource_type == "seed" and each.name == seed
            )
            rows = session.execute(
                sql.SQL("select platform from {}").format(
                    sql.Identifier(node.schema, node.alias)
                )
            )
            self._platforms[seed] = frozenset(name for (name,) in rows)

    def _limit(self, node: Any) -> Any:
        """Return the name of the seed that says which platforms a node is about, or None."""
        return node.config.meta.get("platforms_in")

    def _is_concerned(self, node_id: str) -> bool:
        made_of = self._made_of(node_id)
        if CLOCK in made_of:
            return True
        new = [self._news[table] for table in made_of if table in self._news]
        limit = self._limit(self._nodes[node_id])
        if limit is None:
            return bool(new)
        about = self._platforms[limit] | EVERY
        return any(platforms & about for platforms in new)

    def choose(self, manifest: Any) -> list[str]:
        """Return what makes dbt build the concerned nodes and nothing else.

        They are tagged in the manifest. Tests that are not built are taken out of it, for
        dbt looks at each of its nodes several times.
        """
        chosen = {node_id for node_id, node in self._nodes.items() if self._is_built(node)}
        for node_id in chosen:
            self._nodes[node_id].tags.append(CHOSEN)
        manifest.unit_tests = {}
        manifest.nodes = {
            node_id: node
            for node_id, node in self._nodes.items()
            if node.resource_type != "test" or node_id in chosen
        }
        arguments = ["--indirect-selection", "empty", "--select", f"tag:{CHOSEN}"]
        if self._last.is_shown:
            return ["--no-populate-cache", *arguments]
        return [*arguments, "config.materialized:view", "resource_type:function"]

    def _is_built(self, node: Any) -> bool:
        is_check = node.resource_type == "test" and "whole_marts" not in node.tags
        return (is_check or node in self._stored) and self._is_concerned(node.unique_id)

    def is_level(self, session: psycopg.Connection) -> bool:
        """Whether every stored model has consumed the last run, and no other."""
        row = session.execute(
            "select count(*) from raw.model_progress where (schema_name, model_name) in"
            " (select * from unnest(%s::text[], %s::text[])) and (run_seq, as_of) = (%s, %s)",
            (*_names(self._stored), self._last.run_seq, self._last.as_of),
        ).fetchone()
        return bool(row and row[0] == len(self._stored))

    def options(self) -> str:
        """Return the session settings that keep out of the run what came after the plan."""
        takes_decisions = "on" if DECISIONS in self._news else "off"
        return (
            f"-c warehouse.planned_at={self._planned_at.isoformat()}"
            f" -c warehouse.takes_decisions={takes_decisions}"
        )

    def close(self, session: psycopg.Connection, run_seq: int) -> None:
        """Say of what was left out that it has consumed the run."""
        idle = [node for node in self._stored if not self._is_concerned(node.unique_id)]
        session.execute(
            "update raw.model_progress as prg set run_seq = run.run_seq, as_of = run.as_of"
            " from raw.runs as run where (schema_name, model_name) in"
            " (select * from unnest(%s::text[], %s::text[]))"
            " and run.run_seq = %s and (prg.run_seq, prg.as_of) = (%s, %s)",
            (*_names(idle), run_seq, self._last.run_seq, self._last.as_of),
        )


def _names(models: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Schemas and names, as unnest takes them."""
    found = [(node.schema, node.alias) for node in models]
    return [schema for schema, _ in found], [name for _, name in found]
