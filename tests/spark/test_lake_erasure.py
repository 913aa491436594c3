"""Who is erased from a lake is in no file of it, as in PostgreSQL, also after a kill."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import killed_erasures
import planted_everywhere as planted
import planted_person as person
import psycopg
import pytest
from command_line import Console
from copies import ROOT
from direct_landing import line
from killed_landings import KILLED
from lake_rows import differences, files_of, of_lake, of_postgres
from test_lake import few_models

from warehouse import loading, state, suppressed
from warehouse.decisions import Account
from warehouse.errors import WarehouseError
from warehouse.lake import erasing, erasures, rewriting, traces
from warehouse.lake.build import build
from warehouse.lake.export import export
from warehouse.lake.files import Draft
from warehouse.lake.layout import (
    DOCUMENTS,
    OF_THE_LAKE,
    TABLES,
    Lake,
    arrow_schema,
    columns,
)
from warehouse.lake.sink import ParquetSink
from warehouse.loading import Declared
from warehouse.privacy import erased
from warehouse.privacy import erasing as in_database
from warehouse.privacy import rewriting as of_database

pytestmark = [pytest.mark.first_build, pytest.mark.usefixtures("needs_spark", "log")]

HERS = [
    Account("acme", "web", person.ID),
    Account("acme", "instagram", person.SECOND),
]
SOME = 8  # operations from one kill to the next
NAMED = (f"web:{person.NAME}", f"instagram:{person.SECOND_NAME}")


@pytest.fixture
def log() -> Iterator[Path]:
    """The log of erasures, empty before and afterwards."""
    path = state.home() / erased.FILE
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def empty(session: psycopg.Connection) -> psycopg.Connection:
    """A database in which nothing has landed and nobody was erased."""
    session.execute("truncate raw.loads, raw.rejects, raw.privacy_requests cascade")
    for table in ("interactions", "profiles", "posts", "counters", "content", "decisions"):
        session.execute(f"truncate raw.{table}")
    return session


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What is delivered about her and others."""
    path = tmp_path / "delivered.ndjson"
    path.write_bytes(person.delivery())
    return path


def land(lake: Lake, path: Path, workspace: str = "acme") -> Any:
    """Land a file in a lake as the command line does."""
    with ParquetSink.open(lake.folder) as sink:
        (done,) = loading.load(
            sink, [str(path)], Declared(workspace), suppression=sink.suppression
        )
    return done.load


def cell(table: str, name: str, kind: str, *, is_own: bool) -> Any:
    """Return the value of a column in a row that is hers or names her."""
    place = {"workspace_id": "acme", "platform": planted.PLATFORM, "load_id": 1}
    if name in place:
        return place[name]
    held = {column.name: column for column in rewriting.held(table)}
    column = held.get(name)
    if column is None or not planted.is_planted(column, is_own=is_own):
        if column is not None and column.holds == "account":
            return str(planted.of_nobody(column))
        return "x" if kind == "string" else None
    value = planted.value(column)
    if name in DOCUMENTS:
        return json.dumps({"k": [value]})
    if column.type == "uuid":
        return str(value)
    return planted.TEXT.encode() if kind == "binary" else value


def test_an_erasure_finds_every_column(tmp_path: Path) -> None:
    import pyarrow  # noqa: PLC0415 (an extra)

    lake = Lake(tmp_path / "lake")
    places = set()
    for table in TABLES:
        if table in OF_THE_LAKE:
            continue
        names = columns(table)
        rows = [
            {name: cell(table, name, kind, is_own=is_own) for name, kind in names.items()}
            for is_own in (True, False)
        ]
        with Draft(lake.table(table) / "exported.parquet", arrow_schema(table)) as draft:
            draft.add(pyarrow.Table.from_pylist(rows, arrow_schema(table)))
            draft.name()
        places |= {
            f"{draft.file}, {column.name}"
            for column in rewriting.held(table)
            if planted.is_planted(column, is_own=True)
        }
    found = {trace.place for trace in traces.find(lake, planted.VALUES)}
    assert places - found == set()
    erasure = erased.of_person([planted.PERSON], erasures.identity(lake))
    counts = rewriting.rewrite(lake, "acme", erased.forgotten(erasure))
    assert set(counts) == {f"raw.{table}" for table in TABLES if rewriting.held(table)}
    assert traces.find(lake, planted.VALUES) == []
    assert len(files_of(lake, "interactions")) == 2
    assert rewriting.rewrite(lake, "acme", erased.forgotten(erasure)) == {}


def test_a_lake_holds_afterwards_what_a_database_holds(
    empty: psycopg.Connection, tmp_path: Path, file: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    lake.folder.mkdir()
    erasures.name_as(lake, erased.identity(empty))  # as an export does
    for workspace in ("acme", "other"):
        list(loading.load(empty, [str(file)], Declared(workspace)))
        land(lake, file, workspace)
    in_database.begin(empty, [HERS], None)
    forgotten = erased.read(empty, "acme")
    assert forgotten is not None
    of_database.rewrite(empty, "acme", forgotten)
    with pytest.raises(WarehouseError, match="This lake is older than an erasure"):
        build(lake.folder)
    erasing.begin(lake, [HERS], "why")
    with pytest.raises(WarehouseError, match="An erasure has begun and not ended"):
        build(lake.folder)
    erasing.finish(lake)
    erasures.check(lake)
    assert differences(of_postgres(empty), of_lake(lake)) == []
    file.write_bytes(person.delivery(1))
    list(loading.load(empty, [str(file)], Declared("acme")))
    landed = land(lake, file)
    assert (landed.n_in, landed.n_suppressed) == (17, 7)
    assert differences(of_postgres(empty), of_lake(lake)) == []
    empty.execute("update raw.privacy_requests set finished_at = now()")
    exported = Lake(tmp_path / "exported")
    export(empty, exported.folder)
    erasures.check(exported)
    file.write_bytes(person.delivery(2))
    assert land(exported, file).n_suppressed == 7
    assert suppressed.accounts(empty, "acme") is not None


def test_the_command_erases_and_verifies(
    warehouse: Console, tmp_path: Path, file: Path, log: Path
) -> None:
    lake = tmp_path / "lake"
    land(Lake(lake), file)
    values = tmp_path / "values.txt"
    values.write_text("\n".join(person.HERS_ALONE))
    said = warehouse("privacy", "verify", *NAMED, "--lake", lake)
    assert said.code == 1
    assert "found in" in said.out
    said = warehouse("privacy", "erase", *NAMED, "--lake", lake, "--dry-run")
    assert "Nothing was changed." in said.out
    assert not log.exists()
    said = warehouse("privacy", "erase", *NAMED, "--lake", lake, "--reason", "request 17")
    assert said.code == 0, said
    assert "Erased." in said.out
    assert warehouse("privacy", "verify", values, "--lake", lake).code == 0
    (told,) = erasures.recorded(Lake(lake)).values()
    assert (told.reason, len(told.erasure.accounts)) == ("request 17", 2)
    assert warehouse.fails("privacy", "erase", *NAMED, "--lake", lake).startswith(
        "Nobody in this lake is known as"
    )
    said = warehouse("privacy", "reapply", "--lake", lake)
    assert said.out.startswith("No erasure is missing or unfinished")
    assert warehouse.fails("privacy", "opt-out", *NAMED, "--lake", lake, code=2).startswith(
        "opt-out works on the database"
    )


def test_an_older_copy_of_a_lake_is_erased_again(tmp_path: Path, file: Path) -> None:
    lake, older = Lake(tmp_path / "lake"), Lake(tmp_path / "older")
    land(lake, file)
    shutil.copytree(lake.folder, older.folder)
    erasing.begin(lake, [HERS], None)
    erasing.finish(lake)
    before = of_lake(lake)
    file.write_bytes(  # what the log cannot know
        line(20, id="zqalone", actor_id=person.ID, text="zqalone")
        + line(21, id="xv-21", actor_id=person.OTHER, parent_id="zqalone")
    )
    land(older, file)
    with pytest.raises(WarehouseError, match="This lake is older than an erasure"):
        erasures.check(older)
    (erasure,) = erasures.missing(older, erased.log())
    erasing.begin_again(older, [erasure])
    erasing.finish(older)
    assert traces.find(older, [*person.HERS_ALONE, "zqalone"]) == []
    assert len(of_lake(older)["interactions"]) == len(before["interactions"]) + 2


@pytest.mark.parametrize("step", [SOME, pytest.param(1, marks=pytest.mark.soak)])
def test_an_erasure_killed_at_an_operation(tmp_path: Path, file: Path, step: int) -> None:
    lake = Lake(tmp_path / "lake")
    land(lake, file)
    paths = (ROOT, ROOT / "tests" / "support")
    said = subprocess.run(
        [sys.executable, killed_erasures.__file__, lake.folder, tmp_path / "killed", str(step)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    lines = [json.loads(told) for told in said.stdout.splitlines()]
    assert [line["code"] for line in lines[:-1]] == [KILLED] * (len(lines) - 1)
    assert len(lines) > 30 / step
    assert [line for line in lines if line["differences"] or line["traces"]] == []
    assert {line["is_begun"] for line in lines} == {False, True}


@pytest.mark.soak
def test_a_build_publishes_nothing_of_the_erased(tmp_path: Path, file: Path) -> None:
    lake = Lake(tmp_path / "lake")
    land(lake, file)
    project = few_models(tmp_path / "project")
    first = build(lake.folder, master="local[2]", project=project)
    assert (first.failures, lake.current()) == ((), first.folder)
    assert any("current_content" in each.place for each in traces.find(lake, [person.NAME]))
    erasing.begin(lake, [HERS], None)
    erasing.finish(lake, project=project)
    assert traces.find(lake, person.HERS_ALONE) == []
    assert [*lake.builds.iterdir()] == [lake.current()]
    assert lake.current() != first.folder


def test_the_columns_of_both_are_the_same(session: psycopg.Connection) -> None:
    """Documents and keys are text in a lake; the database says which columns they are."""
    found = session.execute(
        "select table_name, column_name, udt_name from information_schema.columns"
        " where table_schema = 'raw' and udt_name in ('json', 'jsonb', 'uuid')"
    ).fetchall()
    wanted = {(table, name): kind for table, name, kind in found if name in told(table)}
    ours = {
        (table, column.name): "uuid" if column.type == "uuid" else "json"
        for table in TABLES
        for column in rewriting.held(table)
        if column.type == "uuid" or column.name in DOCUMENTS
    }
    assert ours == {place: kind.removesuffix("b") for place, kind in wanted.items()}


def told(table: str) -> dict[str, str]:
    """Return the columns of a table of a lake; none where it has no such table."""
    return columns(table) if table in TABLES else {}
