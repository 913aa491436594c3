"""Singer taps: what of each kind of stream lands, and which state is given back when."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from command_line import Console, process
from singer_lines import activate, line, of_map, record, schema, standing, state

from warehouse.connection import Target as Database
from warehouse.loading import Declared
from warehouse.maps import read_streams
from warehouse.singer import batches
from warehouse.singer.target import Target

pytestmark = pytest.mark.first_build


class Kind(NamedTuple):
    """A stream of a kind, and what comes of it: ids that land, how many rejects, states."""

    lines: str
    landed: set[str]
    rejected: int = 0
    states: tuple[object, ...] = ()
    chart: str = of_map()
    failure: str = ""


def _two(number: int) -> str:
    return f"{record(number)}{record(number, 'others')}"


KINDS = {
    "lists": Kind(
        schema() + record(1, tags=["a", "b"]) + record(2, tags=[]) + state({"n": 2}),
        {"1", "2"},
        states=({"n": 2},),
    ),
    "camel_case": Kind(
        schema("Notes", ["Id"]) + line("RECORD", stream="Notes", record={"Id": "x", "aB": 1}),
        {"x"},
        chart=of_map("Notes", "Id"),
    ),
    "duplicates": Kind(
        schema() + "".join(record(n % 2, text=str(n)) for n in range(6)), {"0", "1"}
    ),
    "texts": Kind(
        schema()
        + "".join(
            record(n, text=text)
            for n, text in enumerate(("απλή", "简单", 'q"uo"te', "\\u0000", "a\tb\n", "🙂"))
        ),
        set("012345"),
    ),
    "several_states": Kind(
        schema() + schema("others") + state(0) + _two(1) + state({"a": [1]}) + _two(2)
        + state("2") + record(3),
        {"1", "2", "3"},
        states=(0, {"a": [1]}, "2"),
        chart=of_map() + of_map("others"),
    ),
    "no_keys": Kind(
        schema(keys=()) + record(1) + record(2) + state(2), {"1", "2"}, states=(2,)
    ),
    "absent_columns": Kind(
        schema() + record(1, text="there") + record(2) + record(3, text=None), set("123")
    ),
    "keys_change": Kind(
        schema() + record(1) + schema(keys=["id", "who"]) + record(2)
        + line("RECORD", stream="notes", record={"id": 3}),
        {"1", "2"},
        rejected=1,
    ),
    "key_without_a_value": Kind(
        schema() + line("RECORD", stream="notes", record={"who": "ann"}) + record(2),
        {"2"},
        rejected=1,
    ),
    "before_its_schema": Kind(record(1) + schema() + record(2), {"2"}, rejected=1),
    "schema_grows": Kind(
        schema() + record(1) + schema(properties={"id": {}, "more": {}}) + record(2, more=1),
        {"1", "2"},
    ),
    "odd_names": Kind(
        schema("odd:Names!in?it", ["_id"])
        + line(
            "RECORD", stream="odd:Names!in?it", version=5,
            record={"_id": "x", "d": {"agent:os:version": "10"}},
        ),
        {"x"},
        chart=of_map("odd:Names!in?it", "_id"),
    ),
    "not_mapped": Kind(schema("ads") + record(1, "ads") + schema() + record(2), {"2"}),
    "not_messages": Kind(
        schema() + "INFO starting\n" + record(1) + '{"type": 7}\n["x"]\n\n' + line("HELLO")
        + line("RECORD", stream="notes") + line("STATE") + record(2)[:30] + "\n" + record(3)
        + state(3),
        {"1", "3"},
        rejected=7,
        states=(3,),
    ),
    "bad_values": Kind(
        schema() + record(1, at="tomorrow") + record(2, at=None) + state(2), {"2"},
        rejected=1, states=(2,),
    ),
    "schema_of_nothing": Kind(
        schema() + record(1) + state(1)
        + line("SCHEMA", stream="notes", schema={"type": "object"}) + record(2),
        {"1"},
        states=(1,),
        failure="Line 4 of {name}: the SCHEMA of 'notes' has a schema without properties;"
        " nothing after it was read.",
    ),
    "files_elsewhere": Kind(
        schema() + record(1) + state(1) + "\n" + line("BATCH", stream="notes", manifest=["x"])
        + record(2) + state(2),
        {"1"},
        states=(1,),
        failure="Line 5 of {name} is a BATCH message, whose records are in files elsewhere; let"
        " the tap write RECORD messages (leave `batch_config` out of the configuration of a"
        " Meltano tap).",
    ),
    "nothing": Kind("", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_stream(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path, name: str
) -> None:
    kind = KINDS[name]
    path, chart = tmp_path / "tap.jsonl", tmp_path / "map.toml"
    path.write_text(kind.lines)
    chart.write_text(kind.chart)
    said = warehouse("load", path, "-w", f"singer-{name}", "--singer", "--map", chart)
    assert tuple(map(json.loads, said.out.splitlines())) == kind.states, said
    assert standing(session, f"singer-{name}") == kind.landed
    rejected = session.execute(
        "select coalesce(sum(n_rejected), 0) from raw.loads where workspace_id = %s",
        (f"singer-{name}",),
    ).fetchone()
    assert rejected == (kind.rejected,), said
    if kind.failure:
        assert kind.failure.format(name=path) in said.err
    assert said.code == (1 if kind.failure else 4 if kind.rejected else 0)


def test_states_are_of_what_is_committed(
    warehouse: Console,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """However the loads are cut: at a state, all records before it are there for others."""
    chart = tmp_path / "map.toml"
    chart.write_text(of_map())
    maps = read_streams(chart)
    dice = random.Random(7)
    for turn, size in enumerate((1, 300, 1_000, 10**6)):
        monkeypatch.setattr(batches, "MOST_BYTES", size)
        lines, count = [schema()], 0
        for _ in range(60):
            if dice.random() < 0.3:
                lines.append(state(count))
            else:
                count += 1
                lines.append(record(count) if dice.random() < 0.9 else f"broken {count}\n")
        path, workspace = tmp_path / f"{turn}.jsonl", f"singer-committed-{turn}"
        path.write_text("".join(lines))
        seen: list[int] = []

        def emit(value: bytes, workspace: str = workspace, seen: list[int] = seen) -> None:
            with psycopg.connect(session.info.dsn, password=session.info.password) as other:
                row = other.execute(
                    "select coalesce(sum(n_in), 0) from raw.loads where workspace_id = %s",
                    (workspace,),
                ).fetchone()
            assert row is not None
            assert row[0] >= json.loads(value)
            seen.append(json.loads(value))

        descriptor = os.open(path, os.O_RDONLY)
        tap = Target(session, Declared(workspace), maps, emit, lambda _: None)
        tap.read(descriptor, "tap")
        os.close(descriptor)
        assert seen == [json.loads(each)["value"] for each in lines if '"STATE"' in each]


def test_a_pause_lands_what_waits(
    warehouse: Console,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(batches, "MOST_SECONDS", 0.2)
    chart = tmp_path / "map.toml"
    chart.write_text(of_map())
    reading, writing = os.pipe()
    emitted = threading.Event()

    def feed() -> None:
        with os.fdopen(writing, "w") as stream:
            stream.write(schema() + record(1) + state(1))
            stream.flush()
            assert emitted.wait(20)  # before the end of the stream
            stream.write(record(2))

    feeder = threading.Thread(target=feed)
    feeder.start()
    tap = Target(
        session,
        Declared("singer-pause"),
        read_streams(chart),
        lambda _: emitted.set(),
        lambda _: None,
    )
    begun = time.monotonic()
    tap.read(reading, "tap")
    feeder.join()
    os.close(reading)
    assert time.monotonic() - begun < 20
    assert standing(session, "singer-pause") == {"1", "2"}


def test_a_version_takes_back_what_it_lacks(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """Any history of readings, some broken off, some with rejects, each an input of its own."""
    chart = tmp_path / "map.toml"
    chart.write_text(of_map())
    maps, path = read_streams(chart), tmp_path / "tap.jsonl"
    dice = random.Random(20260301)
    for history in range(4):
        workspace = f"singer-versions-{history}"
        expected: set[str] = set()
        for version in range(1, 9):
            ids = {number for number in range(6) if dice.random() < 0.5}
            is_broken_off, has_reject = dice.random() < 0.3, dice.random() < 0.2
            lines = [schema(), activate(version)]  # as some taps begin
            lines += [record(number, version=version) for number in sorted(ids)]
            lines += [record(9, version=version, at="never")] * has_reject
            lines += [] if is_broken_off else [activate(version)]
            path.write_text("".join(lines))
            descriptor = os.open(path, os.O_RDONLY)
            Target(session, Declared(workspace), maps, lambda _: None, lambda _: None).read(
                descriptor, "tap"
            )
            os.close(descriptor)
            found = {str(number) for number in ids}
            is_proof = ids and not is_broken_off and not has_reject
            expected = found if is_proof else expected | found
            assert standing(session, workspace) == expected, (history, version)


def test_versions_of_other_accounts_and_streams_stay(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    chart, path = tmp_path / "map.toml", tmp_path / "tap.jsonl"
    chart.write_text(of_map() + of_map("others"))

    def land(*lines: str, account: str = "one") -> None:
        path.write_text(schema() + schema("others") + "".join(lines))
        options = "-w", "singer-apart", "--account", account, "--singer", "--map", chart
        assert warehouse("load", path, *options).code == 0

    land(record(1, version=1), record(2, "others", version=1), record(3), activate(1))
    land(record(4, version=1), activate(1), account="two")
    land(record(5, version=2), activate(2))
    assert standing(session, "singer-apart") == {"2", "3", "4", "5"}  # 3 has no version
    land(record(6, "others", version=2), activate(2, "others"))
    assert standing(session, "singer-apart") == {"3", "4", "5", "6"}


def test_complete_activates_what_was_announced(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """Taps of Meltano activate a version before its records; only the user knows the end."""
    chart, path = tmp_path / "map.toml", tmp_path / "tap.jsonl"
    chart.write_text(of_map())
    options = "load", path, "-w", "singer-announced", "--singer", "--map", chart
    path.write_text(schema() + activate(1) + record(1, version=1) + record(2, version=1))
    assert warehouse(*options).code == 0
    path.write_text(schema() + activate(2) + record(2, version=2))
    assert warehouse(*options).code == 0
    assert standing(session, "singer-announced") == {"1", "2"}
    said = warehouse(*options, "--complete")
    assert standing(session, "singer-announced") == {"2"}
    assert "1 taken back" in said.err
    path.write_text(schema() + activate(3))  # perhaps a permission was lost
    assert "takes nothing back" in warehouse(*options, "--complete").err
    assert standing(session, "singer-announced") == {"2"}


def test_deleted_rows_and_what_is_tried_again(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    chart, path = tmp_path / "map.toml", tmp_path / "tap.jsonl"
    chart.write_text(of_map())
    options = "load", path, "-w", "singer-again", "--singer", "--map", chart
    path.write_text(record(1) + schema() + record(2) + record(3))
    assert warehouse(*options).code == 4
    path.write_text(schema() + record(3, _sdc_deleted_at="2026-03-02T00:00:00Z"))
    assert warehouse(*options).code == 0
    assert standing(session, "singer-again") == {"2"}
    warehouse("rejects", "--reason", "unsupported_record", "--replay")
    assert standing(session, "singer-again") == {"1", "2"}


def test_a_pipe_and_wrong_usage(
    warehouse: Console, target: Database, session: psycopg.Connection, tmp_path: Path
) -> None:
    chart = tmp_path / "map.toml"
    chart.write_text(of_map())
    options = "-w", "singer-pipe", "--singer", "--map", chart
    assert "needs --map" in warehouse.fails("load", "-", "-w", "x", "--singer", code=2)
    assert "one PATH" in warehouse.fails("load", "a", "b", *options, code=2)
    assert "--answer" in warehouse.fails("load", "-", *options, "--answer", "json", code=2)
    assert "needs --singer" in warehouse.fails("load", "-", "-w", "x", "--complete", code=2)
    assert "cannot be read" in warehouse.fails("load", tmp_path / "none", *options)
    chart.write_text('[streams.a.columns]\nid = "idd"\n')
    assert "stream 'a': 'idd' is no field" in warehouse.fails("load", "-", *options, code=2)
    chart.write_text(of_map())
    running = process(target, "load", "-", *map(str, options), stdin=subprocess.PIPE)
    out, err = running.communicate(schema() + record(1) + state({"a": 1}), timeout=60)
    assert (running.returncode, out) == (0, '{"a": 1}\n'), err
    assert standing(session, "singer-pipe") == {"1"}
