"""How far each source is pulled, and what its requests have cost: rows of `raw`.

Source: raw.pull_cursors and raw.pull_sources.
Shape:  a state per followed item; a row per source.
Units:  units of a budget; days of the platform's time zone.
Errors: those of the database; `HaltError` where a budget is used up.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from warehouse.pulling.asking import HaltError
from warehouse.pulling.walking import State

_LOAD = (
    "select state from raw.pull_cursors"
    " where source_name = %s and item = %s and workspace_id = %s"
)
_STORE = """
insert into raw.pull_cursors
    (source_name, item, workspace_id, state, reached_at, is_backfilling, load_id)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (source_name, item, workspace_id) do update
set
    state = excluded.state,
    reached_at = excluded.reached_at,
    is_backfilling = excluded.is_backfilling,
    load_id = coalesce(excluded.load_id, pull_cursors.load_id),
    moved_at = clock_timestamp()
"""
_SAY = """
insert into raw.pull_cursors (source_name, item, workspace_id, state, problem)
values (%s, %s, %s, '{}', %s)
on conflict (source_name, item, workspace_id) do update
set problem = excluded.problem
where pull_cursors.problem is distinct from excluded.problem
"""
_BEGIN = """
insert into raw.pull_sources (source_name, began_at) values (%s, clock_timestamp())
on conflict (source_name) do update
set began_at = clock_timestamp(), ended_at = null, problem = null, wait_until = null
"""
_END = """
update raw.pull_sources set ended_at = clock_timestamp(), problem = %s, wait_until = %s
where source_name = %s
"""
_SPEND = """
update raw.pull_sources as src
set
    budget_date = told.today,
    spent_units = told.spent + %(cost)s
from (
    select
        source_name,
        (clock_timestamp() at time zone %(zone)s)::date as today,
        case
            when budget_date = (clock_timestamp() at time zone %(zone)s)::date
                then spent_units
            else 0
        end as spent
    from raw.pull_sources
    where source_name = %(name)s
) as told
where
    src.source_name = told.source_name
    and (%(most)s::bigint is null or told.spent + %(cost)s <= %(most)s)
"""


class Item(NamedTuple):
    """A followed item of a source, in a workspace."""

    source: str
    item: str
    workspace: str


def load(session: psycopg.Connection, item: Item) -> State:
    """Return how far an item is pulled."""
    row = session.execute(_LOAD, item).fetchone()
    return State() if row is None else msgspec.convert(row[0], State)


def store(session: psycopg.Connection, item: Item, state: State, load_id: int | None) -> None:
    """Store how far an item is pulled; the caller's transaction has the load it rests on."""
    told = msgspec.to_builtins(state)
    is_backfilling = state.deep is not None
    session.execute(_STORE, (*item, Jsonb(told), state.reached_at, is_backfilling, load_id))


def say(session: psycopg.Connection, item: Item, problem: str | None) -> None:
    """Store what went wrong with an item, or that nothing did."""
    session.execute(_SAY, (*item, problem))


def begin(session: psycopg.Connection, name: str) -> None:
    """Enter that a source is being pulled."""
    session.execute(_BEGIN, (name,))


def end(
    session: psycopg.Connection, name: str, problem: str | None, until: datetime | None
) -> None:
    """Enter that the pull of a source is over, and why it stopped early."""
    session.execute(_END, (problem, until, name))


def wait_until(session: psycopg.Connection, name: str) -> datetime | None:
    """Return until when the platform of a source wants no request."""
    row = session.execute(
        "select wait_until from raw.pull_sources"
        " where source_name = %s and wait_until > clock_timestamp()",
        (name,),
    ).fetchone()
    return None if row is None else row[0]


def spend(
    session: psycopg.Connection, name: str, cost: int, most: int | None, zone: str
) -> None:
    """Take the cost of a request from the day's budget, committed before it is sent."""
    values = {"name": name, "cost": cost, "most": most, "zone": zone}
    if session.execute(_SPEND, values).rowcount == 1:
        return
    row = session.execute(
        "select ((clock_timestamp() at time zone %(zone)s)::date + 1)::timestamp"
        " at time zone %(zone)s",
        values,
    ).fetchone()
    assert row is not None
    raise HaltError(
        f"The budget of {most:,} units a day is used up; it begins again at "
        f"{row[0]:%Y-%m-%d %H:%M} UTC."
    )
