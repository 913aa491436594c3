"""A million records on workers of Spark: equal to PostgreSQL, with one worker, and skewed.

The rows are compared inside DuckDB. With a small share a build is mostly starts and plans: then
it leaves out the marts, and only a ratio that is far off fails.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import lake_comparison
import msgspec
import psycopg
import pytest
from copies import ROOT, copy_without_marts
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
FEWEST_RELATIONS = 35  # without marts
FEW_RECORDS = 300_000
LONGEST_ROW = 20_000_000

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("needs_spark")]


class Built(NamedTuple):
    """A build: its lake, its folder, and how long it took."""

    lake: Lake
    folder: Path
    seconds: float


def deliver(file: Path, records: int, of_one_post: float) -> None:
    """Write synthetic records: a share of the interactions with one post, others evenly."""
    contents = 20 + records // 1_000
    drawn = file.with_suffix(".drawn")
    Deliveries(19, max(records // 20, 2), contents).write(drawn, records, BEGIN, SPAN)
    dice = random.Random(19)
    encode = msgspec.json.Encoder().encode
    with drawn.open("rb") as lines, file.open("wb") as stream:
        for line in lines:
            try:
                record = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                stream.write(line)
                continue
            if record["record"] == "interaction" and "post_id" in record:
                is_of_one = dice.random() < of_one_post
                record["post_id"] = f"p{0 if is_of_one else dice.randrange(contents)}"
            stream.write(encode(record) + b"\n")
    drawn.unlink()


def built(lake: Lake, project: Path, master: str, what: str) -> Built:
    """Build a lake."""
    began = time.monotonic()
    done = build(lake.folder, master=master, as_of=AS_OF, accept=True, project=project)
    seconds = time.monotonic() - began
    assert done.failures == ()
    assert done.folder is not None
    sys.stderr.write(f"{what} on {master}: {seconds:.0f} s\n")
    return Built(lake, done.folder, seconds)


@pytest.fixture(scope="module")
def records(share: Callable[[int], int]) -> int:
    """How many records."""
    return share(RECORDS)


@pytest.fixture(scope="module")
def project(records: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project; for few records a copy without marts."""
    if records >= FEW_RECORDS:
        return ROOT
    return copy_without_marts(tmp_path_factory.mktemp("project") / "copy")


@pytest.fixture(scope="module")
def even(
    target: Target,
    session: psycopg.Connection,
    records: int,
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    """Records that landed and were built in PostgreSQL, and were built on two workers."""
    folder = tmp_path_factory.mktemp("even")
    file = folder / "even.ndjson"
    deliver(file, records, 0.0)
    list(loading.load(session, [str(file)], loading.Declared("acme")))
    file.unlink()
    began = time.monotonic()
    assert runs.run(target, session, accept=True, as_of=AS_OF).is_successful
    sys.stderr.write(f"{records:,} records in PostgreSQL: {time.monotonic() - began:.0f} s\n")
    export(session, folder / "lake")
    return built(Lake(folder / "lake"), project, TWO, f"{records:,} records")


def test_a_million_records_are_equal(
    session: psycopg.Connection, even: Built, tmp_path: Path
) -> None:
    compared = compare(session, even.folder, tmp_path)
    assert [said for said in compared.values() if said is not None] == []
    assert len(compared) > FEWEST_RELATIONS
    sys.stderr.write(f"{len(compared)} relations are equal\n")


def test_one_post_with_a_tenth_of_everything(
    even: Built, records: int, project: Path, tmp_path: Path
) -> None:
    file = tmp_path / "skewed.ndjson"
    deliver(file, records, OF_ONE_POST)
    with ParquetSink.open(tmp_path / "lake") as sink:
        list(loading.load(sink, [str(file)], loading.Declared("acme")))
    skewed = built(Lake(tmp_path / "lake"), project, TWO, f"{records:,} records, skewed,")
    ratio = skewed.seconds / even.seconds
    sys.stderr.write(f"a skewed set takes {ratio:.2f} of the time of an even one\n")
    assert ratio < SKEW_COSTS


def test_two_workers_and_one(even: Built, records: int, project: Path) -> None:
    one = built(even.lake, project, ONE, f"{records:,} records")
    ratio = even.seconds / one.seconds
    sys.stderr.write(f"two workers take {ratio:.2f} of the time of one\n")
    assert ratio < WORKERS_HELP or records < RECORDS


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
            columns, documents = written(session, schema, name)
            rows = folder / "rows.csv"
            copy_out(session, schema, name, list(columns.values()), rows)
            read_as = {column: as_csv(kinds.get(column, "VARCHAR")) for column in columns}
            ours = (
                f"read_csv('{rows}', header = false, nullstr = '\\N', quote = '\"',"
                " escape = '\"', auto_detect = false, delim = ',', parallel = false,"
                f" max_line_size = {LONGEST_ROW}, columns = {read_as})"
            )
            found[relation] = lake_comparison.difference(db, relation, ours, stored, documents)
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
    columns: dict[str, sql.Composable] = {
        column: sql.SQL("to_jsonb({})" if kind == "ARRAY" else "{}").format(
            sql.Identifier(column)
        )
        for column, kind in kinds
    }
    return columns, {column for column, kind in kinds if kind == "jsonb"}


def as_csv(kind: str) -> str:
    """Return the type as which DuckDB reads a column of CSV."""
    if kind.endswith("[]"):
        return "VARCHAR"
    return "DOUBLE" if kind.startswith("DECIMAL") else kind
