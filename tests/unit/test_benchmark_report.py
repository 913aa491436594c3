"""The benchmarks without a server: synthetic deliveries, measured commands and the report."""

from __future__ import annotations

import json
import sys
from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from benchmarks import __main__ as benchmarks
from benchmarks import exports, growth, report, sections, synthetic
from benchmarks.growth import Stage, Step
from benchmarks.processes import Done, measured
from benchmarks.server import BenchmarkError
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Landed, Profile, Rejected
from loaders.registry import recognise

RECORDS = 20_000
BEGIN, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=60)


def deliveries(seed: int = 1) -> synthetic.Deliveries:
    """Some that are yet to be written."""
    return synthetic.Deliveries(seed, followers=1_000, contents=40)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic file."""
    made = tmp_path_factory.mktemp("synthetic") / "synthetic.ndjson"
    deliveries().write(made, RECORDS, BEGIN, SPAN)
    return made


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a file that can be read."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if "platform" in record or record["record"] == "content":
            found.append(record)
    return found


@pytest.fixture(scope="module")
def interactions(path: Path) -> list[dict[str, Any]]:
    """The interactions in it."""
    return [record for record in records(path) if record["record"] == "interaction"]


def test_the_same_seed_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    for seed, is_same in ((1, True), (2, False)):
        deliveries(seed).write(tmp_path / "again", RECORDS, BEGIN, SPAN)
        assert ((tmp_path / "again").read_bytes() == path.read_bytes()) is is_same


def test_every_line_lands_but_the_malformed(path: Path) -> None:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        found = list(outcomes(document, fmt, Context()))
    assert module.PLATFORM == "generic"
    assert len(found) == RECORDS
    kinds = {type(out.records[0]).__name__ for out in found if isinstance(out, Landed)}
    assert kinds == {"Content", "Post", "Profile", "Interaction"}
    rejected = sum(isinstance(outcome, Rejected) for outcome in found)
    assert 0.3 < rejected / (RECORDS * synthetic.MALFORMED) < 3


def test_the_export_of_a_chat_is_one_of_its_exporter(tmp_path: Path) -> None:
    for seed in (1, 1, 2):
        exports.write(tmp_path / f"{seed}.json", 500, BEGIN + SPAN, seed)
    assert (tmp_path / "1.json").read_bytes() != (tmp_path / "2.json").read_bytes()
    with Document.open(tmp_path / "1.json") as document:
        module, fmt = recognise(document)
        found = list(outcomes(document, fmt, Context()))
    assert (module.PLATFORM, len(found)) == ("discord", 500)
    kinds = Tally(
        type(record) for out in found if isinstance(out, Landed) for record in out.records
    )
    assert kinds[Interaction] == 500
    assert kinds[Profile] < 50
    assert 0 < kinds[Counter] < 100


def test_what_makes_deliveries_hard_is_there(interactions: list[dict[str, Any]]) -> None:
    lines = Tally(msgspec.json.encode(record) for record in interactions)
    repeated = lines.total() - len(lines)
    edited = len(lines) - len({record["id"] for record in interactions})
    taken_back = sum("retracted" in record for record in interactions)
    assert 0.02 < repeated / len(interactions) < 0.04
    assert 0.02 < edited / len(interactions) < 0.05
    assert 0.005 < taken_back / len(interactions) < 0.02
    times = [datetime.fromisoformat(record["occurred_at"]) for record in interactions]
    lateness = [before - after for before, after in pairwise(times)]
    assert max(lateness) > synthetic.MOST_LATE / 2
    by_follower = Tally(record["actor_id"] for record in interactions).most_common()
    by_post = Tally(record["post_id"] for record in interactions).most_common()
    for ranked in (by_follower, by_post):
        assert ranked[0][1] > 10 * ranked[len(ranked) // 2][1]


def test_later_files_go_on_where_earlier_ones_ended(tmp_path: Path) -> None:
    source = deliveries()
    for name in ("earlier", "later"):
        source.write(tmp_path / name, RECORDS, BEGIN, SPAN)
    earlier, later = records(tmp_path / "earlier"), records(tmp_path / "later")
    before, after = (
        {(record["id"], msgspec.json.encode(record)) for record in found if "id" in record}
        for found in (earlier, later)
    )
    known = {native_id for native_id, _ in before}
    assert any(native_id in known for native_id, _ in after - before)
    states = Tally(native_id for native_id, _ in after if native_id not in known)
    assert max(states.values()) > 1
    described = Tally(
        (record["platform"], record["actor_id"])
        for record in earlier + later
        if record["record"] == "profile"
    )
    assert set(described.values()) == {1}
    assert not any(record["record"] == "content" for record in later)


def test_the_peak_of_a_command_is_its_own() -> None:
    hungry = "import time; some = bytearray(300_000_000); time.sleep(0.2)"
    _, peak = measured([sys.executable, "-c", hungry])
    _, modest = measured([sys.executable, "-c", "import time; time.sleep(0.2)"])
    assert 300e6 < peak < 400e6
    assert 0 < modest < 100e6


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(BenchmarkError, match="the reason"):
        measured([sys.executable, "-c", "import sys; sys.exit('the reason')"])


def test_an_exponent_is_the_slope_of_the_logarithms() -> None:
    def stage(stored: int, seconds: float) -> Stage:
        return Stage(stored, [Step(Done(0.1, 0), Done(seconds, 0))])

    def exponent(*stages: Stage) -> float | None:
        return growth.exponent(list(stages), lambda one: one.run_seconds)

    assert exponent(stage(1_000, 2.0)) is None
    assert exponent(stage(1_000, 2.0), stage(9_000, 2.0)) == pytest.approx(0.0)
    assert exponent(stage(1_000, 2.0), stage(4_000, 4.0), stage(16_000, 8.0)) == pytest.approx(
        0.5
    )


def test_the_worst_model_is_found_among_those_that_take_their_time() -> None:
    def stage(stored: int, growing: float, short: float) -> Stage:
        nodes = {
            ("model", "growing"): growing,
            ("model", "steady"): 1.0,
            ("model", "short"): short,
            ("model", "a_view"): growing,
            ("test", "a_check"): 0.5,
        }
        return Stage(stored, [Step(Done(1.0, 0), Done(9.0, 0, 5.0, nodes))])

    found = report.Report()
    stages = [stage(1_000, 1.0, 0.01), stage(10_000, 10.0, 0.09)]
    sections.grown(found, stages, 100, ["growing", "steady", "short"])
    whole_run, worst = found.goals
    assert whole_run.measured == pytest.approx(0.0)
    assert worst.measured == pytest.approx(1.0)
    assert worst.note == "growing; 1 of 2 within the goal"
    rows = {row[0]: row[1:] for row in found.details[0].rows}
    assert rows["growing"][:2] == (1.0, 10.0)
    assert rows["short"] == (0.01, 0.09, None)
    assert rows[growth.BEFORE][:2] == (4.0, 4.0)


def test_the_run_of_few_records_is_judged_where_a_million_is_stored() -> None:
    def stage(stored: int, seconds: float) -> Stage:
        few = [Step(Done(1.0, 0), Done(seconds, 0, processor_seconds=2 * seconds))]
        return Stage(stored, [Step(Done(1.0, 0), Done(9.0, 0))], few)

    found = report.Report()
    sections.grown(
        found, [stage(300_000, 1.0), stage(1_000_000, 3.5), stage(3_000_000, 9.0)], 100, []
    )
    took, worked = found.goals[-2:]
    assert took.what == "run of 1,000 new records on 1,000,000 stored"
    assert (took.measured, took.is_met) == (3.5, True)
    assert (worked.measured, worked.is_met) == (7.0, False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((None, "–"), ("as it is", "as it is"), (0, "0"), (1_234_567, "1,234,567")),
        *((0.0, "0"), (1.5e-12, "1.5e-12"), (0.0123, "0.012"), (0.123, "0.12")),
        *((4.0, "4.00"), (45.67, "45.7"), (1_234.5, "1,234")),
    ],
)
def test_numbers_are_shown_as_people_read_them(value: report.Cell, shown: str) -> None:
    assert report.number(value) == shown


def test_a_goal_is_met_or_missed_or_not_known() -> None:
    found = [report.at_least("", value, 0.6).is_met for value in (0.7, 0.6, 0.5, None)]
    assert found == [True, True, False, None]
    found = [report.at_most("", value, 5.0, "ms").is_met for value in (4.0, 5.0, 6.0, None)]
    assert found == [True, True, False, None]


def test_what_was_measured_before_an_interruption_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: benchmarks.Plan, found: report.Report) -> None:
        found.goals.append(report.at_most("so far", 1.0, 2.0))
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmarks, "measure", interrupted)
    done = CliRunner().invoke(benchmarks.main, ["--json", str(tmp_path / "bench.json")])
    assert done.exit_code == 1
    assert "so far" in done.output
    assert "interrupted" in done.output
    assert json.loads((tmp_path / "bench.json").read_text())["goals"][0]["is_met"]


def test_sizes_ascend() -> None:
    for sizes in ("3000,1000", "1000,1000", "many", "10"):
        done = CliRunner().invoke(benchmarks.main, ["--stored", sizes])
        assert done.exit_code == 2
        assert "give" in done.output
