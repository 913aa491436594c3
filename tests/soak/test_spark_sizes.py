"""A million records on workers of Spark: equal to PostgreSQL, with one worker, and skewed.

The rows are compared inside DuckDB. With a small share the ratios say nothing: then a build is
mostly starts and plans, and only what is far off fails.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lake_comparison
import msgspec
import psycopg
import pytest
from psycopg import sql

from benchmarks.synthetic import Deliveries
from warehouse import loading, runs
from warehouse.connection import Target
from warehouse.lake.build import OF_POSTGRESQL, build
from warehouse.lake.export import export
from warehouse.lake.layout import Lake
from warehouse.lake.sink import ParquetSink

RECORDS = 1_000_000
BEGIN, SPAN = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=110)
AS_OF = "2026-06-19T00:00:00Z"
TWO, ONE = "local-cluster[2,1,2048]", "local-cluster[1,1,2048]"
WORKERS_HELP = 1.0  # times as long with two workers as with one; the driver shares their cores
SKEW_COSTS = 2.0
OF_ONE_POST = 0.1
LONGEST_ROW = 20_000_000

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("needs_spark")]


def deliver(file: Path, records: int) -> None:
    """Write synthetic records."""
    made = Deliveries(19, max(records // 20, 2), 20 + records // 1_000)
    made.write(file, records, BEGIN, SPAN)


def built(lake: Lake, master: str, what: str) -> tuple[Path, float]:
    """Build a lake; return the folder and the seconds."""
    began = time.monotonic()
    done = build(lake.folder, master=master, as_of=AS_OF, accept=True)
    seconds = time.monotonic() - began
    assert done.failures == ()
    assert done.folder is not None
    sys.stderr.write(f"{what} on {master}: {seconds:.0f} s\n")
    return done.folder, seconds


def test_a_million_records_are_equal_with_two_workers_and_with_one(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    records = share(RECORDS)
    file = tmp_path / "synthetic.ndjson"
    deliver(file, records)
    list(loading.load(session, [str(file)], loading.Declared("acme")))
    file.unlink()
    began = time.monotonic()
    assert runs.run(target, session, accept=True, as_of=AS_OF).is_successful
    sys.stderr.write(f"{records:,} records in PostgreSQL: {time.monotonic() - began:.0f} s\n")
    lake = Lake(tmp_path / "lake")
    export(session, lake.folder)
    folder, with_two = built(lake, TWO, f"{records:,} records")
    compared = compare(session, folder, tmp_path)
    assert [said for said in compared.values() if said is not None] == []
    assert len(compared) > 60
    _, with_one = built(lake, ONE, f"{records:,} records")
    sys.stderr.write(f"two workers take {with_two / with_one:.2f} of the time of one\n")
    assert with_two < with_one * WORKERS_HELP or records < RECORDS


def compare(session: psycopg.Connection, build: Path, folder: Path) -> dict[str, str | None]:
    """Compare the stored relations of a build with those of PostgreSQL."""
    found = {}
    session.execute("set timezone = 'UTC'")
    with lake_comparison.connect(folder) as db:
        for relation, stored in lake_comparison.relations(build).items():
            schema, _, name = relation.partition(".")
            if name in OF_POSTGRESQL:
                continue
            kinds = lake_comparison.types(db, stored)
            lists = [column for column, kind in kinds.items() if kind.endswith("[]")]
            told = [f'to_json("{column}")::varchar as "{column}"' for column in lists]
            theirs = (
                f"(from {stored} select * replace ({', '.join(told)}))" if lists else stored
            )
            columns, documents = written(session, schema, name)
            rows = folder / "rows.csv"
            copy_out(session, schema, name, list(columns.values()), rows)
            read_as = {column: as_csv(kinds.get(column, "VARCHAR")) for column in columns}
            ours = (
                f"read_csv('{rows}', header = false, nullstr = '\\N', quote = '\"',"
                " escape = '\"', auto_detect = false, delim = ',', parallel = false,"
                f" max_line_size = {LONGEST_ROW}, columns = {read_as})"
            )
            found[relation] = lake_comparison.difference(
                db, relation, ours, theirs, {*documents, *lists}
            )
    return found


def copy_out(
    session: psycopg.Connection,
    schema: str,
    name: str,
    columns: list[sql.Composable],
    file: Path,
) -> None:
    """Write the rows of a relation as CSV."""
    statement = sql.SQL("copy (select {} from {}) to stdout (format csv, null '\\N')").format(
        sql.SQL(", ").join(columns), sql.Identifier(schema, name)
    )
    with session.cursor().copy(statement) as rows, file.open("wb") as stream:
        for block in rows:
            stream.write(block)


def written(
    session: psycopg.Connection, schema: str, name: str
) -> tuple[dict[str, sql.Composable], set[str]]:
    """Return how PostgreSQL writes each column of a relation, and which are documents."""
    kinds = session.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        (schema, name),
    ).fetchall()
    columns = {
        column: sql.SQL("to_jsonb({})" if kind == "ARRAY" else "{}").format(
            sql.Identifier(column)
        )
        for column, kind in kinds
    }
    return columns, {column for column, kind in kinds if kind == "jsonb"}


def as_csv(kind: str) -> str:
    """Return the type as which DuckDB reads a column of CSV."""
    if kind.startswith("DECIMAL"):
        return "DOUBLE"
    return "VARCHAR" if kind.endswith("[]") else kind


def spread(source: Path, file: Path, contents: int, of_one: float) -> None:
    """Write interactions again: a share of them with one post, the others evenly."""
    dice = random.Random(19)
    encode = msgspec.json.Encoder().encode
    with source.open("rb") as lines, file.open("wb") as stream:
        for line in lines:
            try:
                record = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if record["record"] == "interaction" and "post_id" in record:
                place = 0 if dice.random() < of_one else dice.randrange(contents)
                record["post_id"] = f"p{place}"
            stream.write(encode(record) + b"\n")


def test_one_post_with_a_tenth_of_everything(
    tmp_path: Path, share: Callable[[int], int], state_folder: Path
) -> None:
    records = share(RECORDS)
    source = tmp_path / "synthetic.ndjson"
    deliver(source, records)
    seconds = {}
    for name, of_one in (("even", 0.0), ("skewed", OF_ONE_POST)):
        file = tmp_path / f"{name}.ndjson"
        spread(source, file, 20 + records // 1_000, of_one)
        lake = Lake(tmp_path / name)
        with ParquetSink.open(lake.folder) as sink:
            list(loading.load(sink, [str(file)], loading.Declared("acme")))
        _, seconds[name] = built(lake, TWO, f"{records:,} records, {name}")
    ratio = seconds["skewed"] / seconds["even"]
    sys.stderr.write(f"a skewed set takes {ratio:.2f} of the time of an even one\n")
    assert ratio < SKEW_COSTS
