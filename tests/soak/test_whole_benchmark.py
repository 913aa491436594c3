"""The whole benchmark on little data measures everything that it promises."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import (
    __main__ as benchmarks,
)
from benchmarks import growth, landing, queries, report, serving, tracking


@pytest.fixture(scope="module")
def whole() -> Iterator[report.Report]:
    """All parts, of as little as possible; nothing stays of it."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-tests-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setattr(landing, "TURNS", 1)
        patch.setattr(growth, "BATCHES", 1)
        patch.setattr(benchmarks, "IDLE_RUNS", 1)
        patch.setattr(queries, "SECONDS", 0.1)
        patch.setattr(tracking, "SECONDS", 1.0)
        patch.setattr(serving, "SECONDS", 0.1)
        patch.setattr(serving, "BARE_SECONDS", 0.1)
        found = report.Report()
        benchmarks.measure(benchmarks.Plan([1_000, 3_000], 200), found)
    assert list(folder.iterdir()) == []
    folder.rmdir()
    yield found


def test_everything_is_measured(whole: report.Report) -> None:
    unknown = {goal.what for goal in whole.goals if goal.measured is None}
    # with so few records no model takes long enough to have an exponent worth the name
    assert unknown <= {
        "growth exponent of the worst core model",
        "decayed score: relative error",
    }
    assert len({goal.what for goal in whole.goals}) == len(whole.goals) == 28
    assert all(len(row) == len(one.columns) for one in whole.details for row in one.rows)
    assert whole.seconds > 0


def test_shares_make_a_whole(whole: report.Report) -> None:
    steps = next(one for one in whole.details if one.title.startswith("Landing and running"))
    assert sum(float(row[2] or 0) for row in steps.rows) == pytest.approx(100)
    assert {"landing", "run: interaction_ledger"} <= {row[0] for row in steps.rows}


def test_what_is_stored_adds_up(whole: report.Report) -> None:
    both = [one for one in whole.details if one.title.startswith("Stored")]
    assert len(both) == 2
    for stored in both:
        sizes = [float(row[2] or 0) for row in stored.rows]
        assert sum(sizes[:-1]) == pytest.approx(sizes[-1])
        assert "core.interaction_ledger" in {row[0] for row in stored.rows}


def test_totals_of_ours_are_those_of_a_full_recompute(whole: report.Report) -> None:
    ways = next(one for one in whole.details if one.title.startswith("Totals per follower"))
    wrong = {row[0]: row[2] for row in ways.rows}
    assert wrong["warehouse: follower_totals"] == wrong["dbt table"] == 0
    assert int(wrong["dbt microbatch"] or 0) > 0


def test_the_report_reads_well_and_is_json(
    whole: report.Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.show(whole)
    shown = capsys.readouterr().out
    assert all(goal.what in shown for goal in whole.goals)
    report.write(tmp_path / "bench.json", whole)
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["machine"]["postgresql"] in shown
    assert len(written["goals"]) == len(whole.goals)
