"""A lake: what an export writes, what a build numbers, publishes and leaves when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import killed_builds
import psycopg
import pytest
from copies import ROOT, copy_project
from lake_rows import files_of

from warehouse import loading
from warehouse.errors import WarehouseError
from warehouse.lake import cluster, gate, spark
from warehouse.lake.build import Built, build
from warehouse.lake.export import export
from warehouse.lake.layout import LOADS, OF_THE_LAKE, RUNS, TABLES, Lake, columns
from warehouse.lake.numbers import number_loads
from warehouse.lake.sink import ParquetSink

pytestmark = [pytest.mark.first_build, pytest.mark.usefixtures("needs_spark")]

AS_OF = "2026-06-07T23:59:59Z"
SOURCES = "_staging__sources.yml"
WORKERS, MOST_SECONDS = "local-cluster[2,1,1024]", 300
FEW = ("workspace_settings", "stg_loads", "current_content")


@pytest.fixture(scope="module")
def landed(session: psycopg.Connection) -> psycopg.Connection:
    """A database in which some samples have landed, and no run has used them."""
    names = loading.find([str(ROOT / "samples" / "content.ndjson")])
    list(loading.load(session, names, loading.Declared("acme")))
    return session


@pytest.mark.parametrize("table", [name for name in TABLES if name not in OF_THE_LAKE])
def test_a_lake_has_the_columns_of_raw(session: psycopg.Connection, table: str) -> None:
    found = session.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'raw' and table_name = %s",
        (table,),
    )
    of_runs = {"run_seq"} if table == LOADS else set()
    assert {name for (name,) in found} == columns(table).keys() | of_runs


def test_an_export_holds_what_landed(landed: psycopg.Connection, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    exported = export(landed, lake.folder)
    assert exported.load_count == 1
    for table in ("content", LOADS, "rejects"):
        (count,) = landed.execute(f"select count(*) from raw.{table}").fetchall()[0]  # noqa: S608
        assert len(files_of(lake, table)) == count > 0
    (reject, *_) = files_of(lake, "rejects")
    assert landed.execute("select raw from raw.rejects order by line_no").fetchone() == (
        reject["raw"],
    )
    with pytest.raises(WarehouseError, match="holds a lake already"):
        export(landed, lake.folder)


def test_an_interrupted_export_starts_again(landed: psycopg.Connection, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")

    def stop(table: str, number: int, total: int) -> None:
        if number == total - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(landed, lake.folder, stop)
    with pytest.raises(WarehouseError, match="holds no lake"):
        lake.require()
    assert export(landed, lake.folder).load_count == 1


def test_a_build_numbers_each_load_once(landed: psycopg.Connection, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    assert number_loads(lake) == 1
    assert number_loads(lake) == 0
    assert [row["run_seq"] for row in files_of(lake, RUNS)] == [1]


def test_a_build_numbers_what_landed_in_a_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for number in range(2):
        land(
            lake, tmp_path / "some.ndjson", CONTENT.replace("Landed", f"Landed {number} times")
        )
        assert number_loads(lake) == 1
    assert [row["run_seq"] for row in files_of(lake, RUNS)] == [1, 2]


def test_the_gate_holds_what_was_rejected(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lines = [CONTENT.replace('"landed"', f'"c{number}"') for number in range(60)]
    land(lake, tmp_path / "some.ndjson", "".join([*lines, *["{broken\n"] * 60]))
    held = build(lake.folder)
    (failure,) = held.failures
    assert (failure.name, held.folder) == ("acme, generic (exchange_ndjson)", None)
    assert "50 % of 120 records were rejected" in failure.message
    assert files_of(lake, RUNS) == []
    land(lake, tmp_path / "good.ndjson", "".join(lines) * 2)
    critical, warnings = gate.check(lake, ROOT / "seeds")
    assert critical == []
    (warning,) = warnings
    assert "25 % of 240 records were rejected" in warning.message


CONTENT = (
    '{"record": "content", "content_id": "landed", "title": "Landed in the lake", "posts": [],'
    ' "tags": []}\n'
)


def land(lake: Lake, path: Path, text: str) -> int:
    """Land a file in a lake; return how many of its records did."""
    path.write_text(text)
    with ParquetSink.open(lake.folder) as sink:
        (result,) = loading.load(sink, [str(path)], loading.Declared("acme"))
    assert result.load is not None
    return result.load.n_landed


def test_two_builds_cannot_take_one_number(
    landed: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    link = os.link

    def link_late(draft: Path, file: Path) -> None:
        file.touch()
        link(draft, file)

    monkeypatch.setattr(os, "link", link_late)
    with pytest.raises(WarehouseError, match="Another build has taken number 1"):
        number_loads(lake)


def few_models(folder: Path) -> Path:
    """Copy the project with few of its models and no test, so that a build takes seconds."""
    project = copy_project(folder)
    wanted = {*FEW, "stg_content"}
    for file in project.glob("models/**/*.*"):
        is_shared = file.suffix == ".md" or file.name in ("_groups.yml", SOURCES)
        if not is_shared and file.name.partition(".")[0] not in wanted:
            file.unlink()
    for file in project.glob("tests/dbt/singular/*.sql"):
        file.unlink()
    for file in project.glob("functions/*"):
        file.unlink()
    return project


def test_a_build_takes_the_place_of_the_one_before(
    landed: psycopg.Connection, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    project = few_models(tmp_path / "project")

    def built() -> Built:
        return build(lake.folder, master="local[2]", as_of=AS_OF, project=project)

    first = built()
    assert (first.failures, first.load_count) == ((), 1)
    assert lake.current() == first.folder
    assert land(lake, tmp_path / "more.ndjson", CONTENT) == 1
    second = built()
    assert second.load_count == 1
    titles = [{row["title"] for row in built_rows(each.folder)} for each in (first, second)]
    assert titles[1] - titles[0] == {"Landed in the lake"}
    assert lake.current() == second.folder
    model = project / "models" / "state" / "current_content.sql"
    text = model.read_text("utf-8")
    model.write_text("select cast('x' as int) as content_id")
    failed = built()
    assert [failure.name for failure in failed.failures] == ["current_content"]
    assert "CAST_INVALID_INPUT" in failed.failures[0].message
    model.write_text(f"{text}union all\nselect * from newest\n")
    broken = built()
    (failure,) = broken.failures
    assert failure.message.endswith("rows this does not hold: content_id is unique.")
    assert (failed.folder, broken.folder, lake.current()) == (None, None, second.folder)
    assert {folder.name for folder in lake.builds.iterdir()} == {
        folder.name for folder in (first.folder, second.folder) if folder is not None
    }


def test_a_project_that_dbt_cannot_read_is_said(
    landed: psycopg.Connection, tmp_path: Path
) -> None:
    export(landed, tmp_path / "lake")
    project = few_models(tmp_path / "project")
    (project / "models" / "broken.yml").write_text("version: 2\nmodels: [{name: }\n")
    built = build(tmp_path / "lake", master="local[2]", as_of=AS_OF, project=project)
    assert [failure.name for failure in built.failures] == ["dbt"]
    assert (built.folder, built.warnings) == (None, ())


@pytest.mark.parametrize("moment", ["a table", killed_builds.BEFORE, killed_builds.AFTER])
def test_a_killed_build_leaves_a_whole_one(
    landed: psycopg.Connection, tmp_path: Path, moment: str
) -> None:
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    project = few_models(tmp_path / "project")
    first = build(lake.folder, master="local[2]", as_of=AS_OF, project=project).folder
    assert first is not None
    expected = built_rows(first)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "support")))
    process = subprocess.Popen(
        [sys.executable, killed_builds.__file__, lake.folder, project, moment],
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    )
    if moment == "a table":
        while process.poll() is None and len(list(lake.builds.glob("*/core.db/*"))) < 2:
            time.sleep(0.05)
        process.kill()
    assert process.wait() == -signal.SIGKILL
    current = lake.current()
    assert current is not None
    assert (current == first) == (moment != killed_builds.AFTER)
    assert built_rows(current) == expected
    again = build(lake.folder, master="local[2]", as_of=AS_OF, project=project)
    assert again.folder == lake.current()
    # the one that people may still be reading stays, the leavings of the killed one go
    assert {folder.name for folder in lake.builds.iterdir()} == {
        folder.name for folder in (current, again.folder) if folder is not None
    }


def test_a_worker_that_is_killed_is_replaced(
    landed: psycopg.Connection, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    project = few_models(tmp_path / "project")
    first = build(lake.folder, master="local[2]", as_of=AS_OF, project=project).folder
    with ThreadPoolExecutor(1) as beside:
        killed = beside.submit(kill_workers, lake)
        second = build(lake.folder, master=WORKERS, as_of=AS_OF, project=project)
    assert len(killed.result()) == 2
    assert second.failures == ()
    assert built_rows(second.folder) == built_rows(first)
    assert [pid for pid in workers() if pid in killed.result()] == []


def kill_workers(lake: Lake) -> set[int]:
    """Kill both workers of this process once a seed is written; return which."""
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        folders = [each for each in lake.builds.iterdir() if each != lake.current()]
        is_building = any(list(folder.glob("seeds.db/*/*.parquet")) for folder in folders)
        if is_building and len(found := workers()) == 2:
            for pid in found:
                os.kill(pid, signal.SIGKILL)
            return found
        time.sleep(0.05)
    return set()


def workers() -> set[int]:
    """Return the workers of this process: they work in its folder for Spark."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = (process / "cwd").readlink().is_relative_to(cluster.home())
        except OSError:  # it has ended
            continue
        if is_ours:
            found.add(int(process.name))
    return found


def built_rows(folder: Path | None) -> list[dict[str, Any]]:
    """Return the rows of a relation of a build."""
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    assert folder is not None
    (relation,) = folder.glob("*.db/current_content")
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(relation).to_pylist()
    return sorted(rows, key=str)


def test_what_java_lacks_is_said(
    landed: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(landed, tmp_path / "lake")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(WarehouseError, match="Spark needs Java 17 or newer"):
        build(tmp_path / "lake")


def test_a_master_that_is_none_is_said(landed: psycopg.Connection, tmp_path: Path) -> None:
    export(landed, tmp_path / "lake")
    with pytest.raises(WarehouseError, match="Spark does not start with master nowhere"):
        build(tmp_path / "lake", master="nowhere")
    assert list((tmp_path / "lake" / "builds").iterdir()) == []


def test_spark_reads_what_the_models_count_on(
    landed: psycopg.Connection, tmp_path: Path
) -> None:
    """What a newer Spark may change: then a rule may go, or a model is wrong."""
    lake = Lake(tmp_path / "lake")
    export(landed, lake.folder)
    with spark.session(lake, tmp_path / "build", "local[2]") as session:

        def answer(statement: str) -> Any:
            return session.sql(statement).collect()[0][0]

        with pytest.raises(Exception, match="CAST_INVALID_INPUT"):
            answer("select cast('x' as int)")
        assert answer(LATERAL.format("fingerprint = md5(itr.text)", "")) is None
        said = " cross join lateral (select md5(itr.text) as fingerprint) as said"
        assert answer(LATERAL.format("fingerprint = said.fingerprint", said)) == "negative"
        instant = "timestamp '2026-01-01 00:00:00.123456'"
        assert ".123456" not in answer(f"select to_json(struct({instant} as at))")


LATERAL = """
with itr as (select * from values (1, 'a'), (2, 'b') as itr (id, text)),
labels as (
    select * from values
    (1, md5('a'), 'negative', 10), (1, md5('zz'), 'positive', 20), (2, md5('b'), 'neutral', 5)
    as lbl (id, fingerprint, sentiment, load_id)
)
select found.sentiment from itr{1}
left join lateral (
    select lbl.sentiment from labels as lbl
    where lbl.id = itr.id and lbl.{0}
    order by lbl.load_id desc limit 1
) as found on true
where itr.id = 1
"""
