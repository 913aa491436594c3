"""What a killed command leaves in a lake lies where the next command finds and removes it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import planted_person as person
import pytest
from command_line import Console
from killed_landings import child
from psycopg import sql

from warehouse import loading, state
from warehouse.lake import erasing, locks, questions, traces
from warehouse.lake.files import Draft
from warehouse.lake.layout import Lake, arrow_schema
from warehouse.lake.questions import Questions
from warehouse.lake.sink import ParquetSink
from warehouse.lake.spills import SPILL
from warehouse.loading import Declared
from warehouse.privacy import erased

pytestmark = [pytest.mark.first_build, pytest.mark.usefixtures("needs_spark", "log")]

MANY = 100_000  # rows that do not fit in the memory that they get
LEFT = (SPILL, ".exported", ".load", "loads-")  # with what the names begin
NAMED = (f"web:{person.NAME}", f"instagram:{person.SECOND_NAME}")


@pytest.fixture
def log() -> Iterator[Path]:
    """The log of erasures, empty before and afterwards."""
    path = state.home() / erased.FILE
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def land(lake: Lake, file: Path, number: int = 0) -> None:
    """Land what is delivered about her and others."""
    file.write_bytes(person.delivery(number))
    with ParquetSink.open(lake.folder) as sink:
        list(loading.load(sink, [str(file)], Declared("acme"), suppression=sink.suppression))


def size(lake: Lake) -> int:
    """Return how many bytes did not fit in somebody's memory."""
    return sum(path.stat().st_size for path in lake.folder.glob(f"{SPILL}*/*"))


def spill_and_die(lake: Lake, large: Path) -> None:
    """Sort more rows than fit in memory; be killed as soon as some lie in the lake."""

    def kill() -> None:
        while size(lake) <= MANY:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)

    questions._OPTIONS["memory_limit"] = "32MB"  # of this process alone
    asked = Questions(lake)
    threading.Thread(target=kill, daemon=True).start()
    texts = sql.SQL("select * from raw.interactions order by md5(text), line_no")
    loads = [{"load_id": 1, "workspace_id": "acme"}]
    for _ in range(100):
        asked.ask(texts, {}, loads, {"interactions": [large]}).fetchall()


@pytest.fixture
def left(tmp_path: Path) -> Lake:
    """A lake in which commands of each kind were killed."""
    import pyarrow  # noqa: PLC0415 (an extra)

    lake = Lake(tmp_path / "lake")
    land(lake, tmp_path / "delivered.ndjson")
    schema = arrow_schema("interactions")
    rows = {name: [None] * MANY for name in schema.names} | {
        "load_id": [1] * MANY,
        "line_no": list(range(MANY)),
        "text": [f"{person.TEXTS[0]} {number}" * 20 for number in range(MANY)],
    }
    large = Draft(tmp_path / "large.parquet", schema)
    large.add(pyarrow.table(rows, schema))
    large.name()
    code, _ = child(partial(spill_and_die, lake, large.file))
    assert code == -signal.SIGKILL
    assert size(lake) > MANY
    for table, name in (
        ("interactions", ".load-1.parquet"),  # a landing
        ("posts", ".exported.parquet"),  # an erasure
        ("posts", "loads-000000000001-000000000002.parquet"),  # an export
    ):
        shutil.copy(large.file, lake.table(table) / name)
    assert len(names(lake)) == 4
    return lake


def names(lake: Lake) -> list[str]:
    """Return the names of what was left."""
    return [path.name for path in lake.folder.rglob("*") if path.name.startswith(LEFT)]


@pytest.mark.parametrize("command", ["load", "verify", "erase"])
def test_the_next_command_removes_it(
    warehouse: Console, left: Lake, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "values.txt"
    file.write_text("never-landed-1")
    if command == "load":
        land(left, tmp_path / "delivered.ndjson", number=1)
    elif command == "verify":
        assert warehouse("privacy", "verify", file, "--lake", left.folder).code == 0
    else:
        said = warehouse("privacy", "erase", *NAMED, "--lake", left.folder)
        assert said.code == 0, said
        assert traces.find(left, person.HERS_ALONE) == []
    assert names(left) == []


def test_it_stays_while_somebody_else_uses_the_lake(
    warehouse: Console, left: Lake, tmp_path: Path
) -> None:
    """For then it may be theirs, and a verification finds what it holds of a person."""
    file = tmp_path / "values.txt"
    file.write_text(person.TEXTS[0])
    with locks.in_use(left):
        said = warehouse("privacy", "verify", file, "--lake", left.folder)
    assert said.code == 1
    assert len(names(left)) == 4
    where = "".join(line.split()[0] for line in said.out.splitlines() if line.strip())
    assert SPILL in where  # a long path is folded in its column


def test_no_row_leaves_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As to the temporary folder of the machine, into which no later command looks."""
    elsewhere, lake = tmp_path / "elsewhere", Lake(tmp_path / "lake")
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    land(lake, tmp_path / "delivered.ndjson")
    with erasing.asking(lake) as ask:
        ((place,),) = ask(sql.SQL("select current_setting('temp_directory')"), {})
    assert Path(place).parent == lake.folder
    assert list(elsewhere.iterdir()) == []
