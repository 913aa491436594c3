"""The quality gate: what it finds in loads, and by which thresholds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from copies import ROOT
from gate_loads import BAD, HEADER, NAIVE, Landing, line

from warehouse import gate
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.loading import Declared
from warehouse.rejects import replay
from warehouse.thresholds import FILE, MEASURES, Batch, of_platform

pytestmark = pytest.mark.first_build


@pytest.fixture
def landing(target: Target, session: psycopg.Connection) -> Iterator[Landing]:
    """A database in which nothing has landed."""
    yield Landing(target, session)
    for table in ("rejects", "interactions", "load_counts", "loads"):
        session.execute(
            psycopg.sql.SQL("delete from raw.{}").format(psycopg.sql.Identifier(table))
        )


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the project's configuration."""
    return Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))


def said(verdict: gate.Verdict) -> list[tuple[bool, str]]:
    """Sentences, and whether they are critical."""
    return [(problem.is_critical, problem.message) for problem in verdict.problems]


def test_good_loads_pass(landing: Landing) -> None:
    first = landing.land_good()
    assert said(landing.check()) == []
    assert landing.passed() == [first]
    landing.land_history()
    second = landing.land_good()
    assert said(landing.check()) == []
    assert landing.passed() == [second]
    (counted,) = landing.session.execute(
        "select count(distinct load_id) from raw.load_counts"
    ).fetchone() or (None,)
    assert counted == gate.FEWEST + 2


@pytest.mark.parametrize("rejected", [0, 1, 4, 5, 30])
def test_where_great_expectations_is_not_asked_it_would_find_nothing(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, rejected: int
) -> None:
    landing.land(*(line(number) for number in range(100 - rejected)), BAD * rejected)
    found = landing.check()
    landing.session.execute("update raw.loads set gated_at = null")
    monkeypatch.setattr(Batch, "is_near", lambda *_: True)
    assert landing.check().problems == found.problems


def test_a_flood_of_rejects_is_critical_until_they_are_replayed(landing: Landing) -> None:
    lines = [line(number, occurred_at=NAIVE) for number in range(150)]
    load_id = landing.land(*lines, *(line(1000 + number) for number in range(50)))
    assert said(landing.check()) == [
        (True, "75 % of 200 records were rejected; the limit is 50 %.")
    ]
    assert landing.passed() == []
    assert list(replay(landing.session, None, Declared("", timezone="Europe/Berlin")))
    assert said(landing.check()) == []
    assert load_id in landing.passed()


def test_few_rejects_warn_and_very_few_say_nothing(landing: Landing) -> None:
    landing.land(*(line(number) for number in range(90)), BAD * 8)
    assert said(landing.check()) == [
        (False, "8.16 % of 98 records were rejected; the limit is 5 %.")
    ]
    landing.land_good(2000)
    assert said(landing.check()) == []
    landing.session.execute("update raw.loads set run_seq = 0")
    landing.land(line(1), BAD, BAD)
    assert said(landing.check()) == []


def test_an_accepted_load_goes_through(landing: Landing) -> None:
    load_id = landing.land(BAD * 200)
    assert landing.check().is_critical
    assert landing.passed() == []
    assert landing.check(accept=True).is_critical
    assert landing.passed() == [load_id]


def test_a_workspace_is_held_alone(landing: Landing) -> None:
    bad = landing.land(BAD * 200)
    landing.workspace = "globex"
    good = landing.land_good()
    landing.session.execute("update raw.loads set gated_at = now()")  # by a run that was killed
    verdict = landing.check()
    assert (verdict.held, verdict.passed_count) == (("acme",), 1)
    assert landing.passed() == [good]
    checks = "select workspace_id, is_held from raw.landing_checks order by 1"
    assert landing.session.execute(checks).fetchall() == [("acme", True), ("globex", False)]
    assert "held back: acme" in verdict.page.read_text("utf-8")
    verdict = landing.check(accept=True)
    assert (verdict.held, verdict.passed_count) == ((), 2)
    assert landing.passed() == [bad, good]


def test_the_future(landing: Landing) -> None:
    landing.land_good(190)
    landing.land_good(10, occurred_at="2098-01-01T00:00:00Z")
    sentence = "% of 200 interactions are more than a day ahead of loading; the limit is"
    assert said(landing.check()) == [(False, f"5 {sentence} 1 %.")]
    assert said(landing.check(as_of="2098-01-01T00:00:00Z")) == []
    landing.session.execute("update raw.loads set received_at = '2020-01-01'")
    assert said(landing.check()) == [(True, f"100 {sentence} 50 %.")]


def test_unmapped_types_are_named(landing: Landing, seeds: Path) -> None:
    landing.land_good(1, type="boop", kind="<b>")
    landing.land_good(1, type="a: 100 %s")
    sentence = "types without a row in seeds/interaction_type_mappings.csv: "
    assert said(landing.check()) == [(False, sentence + "a: 100 %s, boop.")]
    with (seeds / "interaction_type_mappings.csv").open("a") as stream:
        stream.write("web,boop,<b>,reaction\n")
    assert said(landing.check(seeds=seeds)) == [(False, sentence + "a: 100 %s.")]


def test_drift_is_against_the_last_loads(landing: Landing) -> None:
    landing.land_history()
    landing.land_good(type="like")
    assert said(landing.check()) == [
        (
            False,
            "50 % of the interactions have other types than in the last 5 loads;"
            " the limit is 30 %.",
        )
    ]


def test_volume_is_against_the_last_loads(landing: Landing) -> None:
    landing.land_history()
    few = landing.land_good(20)
    assert said(landing.check()) == [
        (
            False,
            "20 records per load are 10 times outside the range of the last 5 loads,"
            " 200 to 200; the limit is 3 times.",
        )
    ]
    landing.land_good(700)  # on average all is well
    assert said(landing.check()) == []
    assert few in landing.passed()


def test_null_rates(landing: Landing) -> None:
    nobody: dict[str, Any] = {
        "actor_id": None,
        "actor_kind": "deleted",
        "occurred_at": None,
        "text": None,
    }
    landing.land_good(200, **nobody)
    absolute = [
        (False, "100 % of 200 interactions have no actor_id; the limit is 90 %."),
        (False, "100 % of 200 interactions have no occurred_at; the limit is 90 %."),
    ]
    assert said(landing.check()) == absolute
    landing.session.execute("delete from raw.loads")
    landing.land_history()
    landing.land_good(100, **nobody)
    landing.land_good(150)
    rose = "rose by 40 points against the last 5 loads; the limit is 20 points."
    assert said(landing.check()) == [
        (False, f"interactions without actor_id {rose}"),
        (False, f"interactions without occurred_at {rose}"),
        (False, f"interactions without text {rose}"),
    ]
    landing.session.execute("delete from raw.loads where n_in = 150")
    assert [is_critical for is_critical, _ in said(landing.check())].count(True) == 2


def test_retractions_are_no_null_rates(landing: Landing) -> None:
    landing.land_history()
    landing.land_good(200, retracted=True, text=None, occurred_at=None)
    assert said(landing.check()) == []


def test_too_few_loads_to_compare_with(landing: Landing) -> None:
    landing.land_history(gate.FEWEST - 1)
    landing.land_good(20, type="share")
    assert said(landing.check()) == []


def test_workspaces_and_formats_are_judged_by_themselves(landing: Landing) -> None:
    landing.land_good(2000)
    landing.session.execute("update raw.loads set workspace_id = 'other'")
    landing.land(BAD * 200)
    (problem,) = landing.check().problems
    assert problem.name == "acme, generic (exchange_ndjson)"
    assert problem.is_critical


def test_thresholds_are_those_of_the_file(landing: Landing, seeds: Path) -> None:
    landing.land(*(line(number) for number in range(90)), BAD * 10)
    file = seeds / FILE
    text = file.read_text()

    def verdict(more: str) -> list[bool]:
        file.write_text(text + more)
        return [is_critical for is_critical, _ in said(landing.check(seeds=seeds))]

    assert verdict("") == [False]
    assert verdict("generic,reject_share,warning,0.2,20\n") == []
    assert verdict("generic,reject_share,warning,,\n") == []
    assert verdict("youtube,reject_share,warning,,\n") == [False]
    assert verdict("generic,reject_share,critical,0.1,100\n") == [True]
    for nonsense in ("*,mood,warning,1,1\n", "*,reject_share,bad,1,1\n", "*,reject_share\n"):
        file.write_text(text + nonsense)
        with pytest.raises(WarehouseError, match=rf"{FILE}, line \d+: write platform"):
            of_platform(seeds, "generic")


def test_what_cannot_be_checked_does_not_pass(
    landing: Landing, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.land(*(line(number) for number in range(90)), BAD * 10)
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.expectations.READ_ONLY", "-c nonsense=1")
        with pytest.raises(WarehouseError, match=r"could not check what landed .*nonsense"):
            landing.check()
    for module in ("thresholds", "expectations"):
        monkeypatch.setattr(f"warehouse.{module}.MEASURES", {"gone": MEASURES["reject_share"]})
    (seeds / FILE).write_text(HEADER + "*,gone,critical,0.5,1\n")
    with pytest.raises(WarehouseError, match=r"could not check generic .*gone"):
        landing.check(seeds=seeds)
    assert landing.passed() == []
