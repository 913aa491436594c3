"""Raw rows of a database and of a lake, so that they compare.

Source: the tables of `raw`, and the files of a lake of loads that count.
Shape:  rows by table; a load is named by its place among the loads, oldest first. Left out is
        what depends on the clock.
Errors: none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from relation_comparison import difference

from loaders.landing.identity import AFTER
from warehouse.lake.layout import CLOSED, DELIVERED, LOADS, Lake, arrow_schema, columns

Row = dict[str, Any]
Tables = dict[str, list[Row]]

CLOCK = ("received_at", "committed_at", "gated_at", "run_seq")
OF_A_LOAD = ("load_id", "replay_of", "replay_load_id")
JSON = {
    LOADS: {"options"},
    "interactions": {"metadata", "payload"},
    "content": {"posts", "tags"},
}


def of_postgres(session: psycopg.Connection) -> Tables:
    """Return the raw rows of a database."""
    found = {}
    for table in (LOADS, *DELIVERED):
        with session.cursor(row_factory=dict_row) as cursor:
            names = sql.SQL(", ").join(map(sql.Identifier, columns(table)))
            statement = sql.SQL("select {} from raw.{}").format(names, sql.Identifier(table))
            found[table] = cursor.execute(statement).fetchall()
    return _comparable(found)


def of_lake(lake: Lake) -> Tables:
    """Return the raw rows of a lake that count."""
    found: Tables = {table: files_of(lake, table) for table in (LOADS, *DELIVERED)}
    loads = {row["load_id"] for row in found[LOADS]}
    for table in DELIVERED:
        found[table] = [row for row in found[table] if row["load_id"] in loads]
    closed: dict[int, int] = {}
    for row in files_of(lake, CLOSED):
        if row["replay_load_id"] in loads:
            first = closed.get(row["load_id"], row["replay_load_id"])
            closed[row["load_id"]] = min(first, row["replay_load_id"])
    for row in found["rejects"]:
        row["replay_load_id"] = row["replay_load_id"] or closed.get(row["load_id"])
    return _comparable(found)


def files_of(lake: Lake, table: str) -> list[Row]:
    """Return all rows of a table's files."""
    import pyarrow.dataset as ds  # noqa: PLC0415 (an extra)

    files = list(map(str, lake.files(table)))
    read = ds.dataset(files, arrow_schema(table), format="parquet").to_table()
    rows: list[Row] = read.to_pylist()
    return rows


def differences(ours: Tables, theirs: Tables) -> list[str]:
    """Return a sentence per table whose rows differ."""
    told = (
        difference(table, JSON.get(table, set()), ours[table], theirs[table])
        for table in (LOADS, *DELIVERED)
    )
    return [sentence for sentence in told if sentence is not None]


def _comparable(found: Tables) -> Tables:
    """Name loads by their places, and the time of receipt by what it is."""
    received = {row["load_id"]: row["received_at"] for row in found[LOADS]}
    places = {load_id: place for place, load_id in enumerate(sorted(received), 1)}
    for row in _all(found):
        if row.get("version_at") is not None and row["version_at"] == received[row["load_id"]]:
            row["version_at"] = "received"
    for row in _all(found):
        for name in OF_A_LOAD:
            if row.get(name) is not None:
                row[name] = places.get(row[name], row[name])
        for name in CLOCK:
            row.pop(name, None)
    for row in found[LOADS]:
        row["options"] = _placed(row["options"], places)
    return found


def _placed(options: Any, places: dict[int, int]) -> Any:
    """Return declarations with the place of the load that they come after."""
    told = json.loads(options) if isinstance(options, str) else options
    if told is None or AFTER not in told:
        return told
    return {**told, AFTER: places[told[AFTER]]}


def _all(found: Tables) -> Iterable[Row]:
    return (row for rows in found.values() for row in rows)
