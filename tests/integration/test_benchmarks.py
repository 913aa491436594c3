"""The benchmarks on a real server: growth, decayed scores and their own workplace."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from benchmarks import decay, synthetic
from benchmarks.growth import Growth
from benchmarks.server import prepared, workplace
from warehouse import loading, runs
from warehouse.connection import Target
from warehouse.errors import WarehouseError

RECORDS = 20_000
BEGIN, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=60)


def deliveries(seed: int = 1) -> synthetic.Deliveries:
    """Some that are yet to be written."""
    return synthetic.Deliveries(seed, followers=1_000, contents=40)


@pytest.mark.soak
def test_what_later_files_edit_and_take_back_is_reversed(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    source = deliveries()
    posted, reversed_ = [], []
    for name in ("earlier", "later"):
        source.write(tmp_path / name, RECORDS // 10, BEGIN, SPAN)
        list(loading.load(session, [str(tmp_path / name)], loading.Declared("benchmarks")))
        outcome = runs.run(target, session, accept=True)
        assert outcome.is_successful
        posted.append(outcome.posted)
        reversed_.append(outcome.reversed)
    # Each version with a time of its own is posted, so edits within one file are reversed, too.
    assert reversed_[0] / posted[0] < 0.02 and reversed_[0] < reversed_[1]
    assert 0.01 < reversed_[1] / posted[1] < 0.05


def test_growing_ends_where_the_disk_would_not_do(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        total: int = 10**10
        used: int = 10**10 - 10**6
        free: int = 10**6

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage())
    grown = Growth(target, tmp_path, deliveries(), BEGIN, 100, lambda _: None)
    assert list(grown.stages([1_000])) == []
    assert grown.ended.startswith("Ended at 0: 1,000 need about")


def test_a_decayed_score_that_is_off_is_found(state_folder: Path) -> None:
    assert state_folder
    target = prepared("decay")
    with target.connect(autocommit=True) as session:
        session.execute("create schema seeds")
        session.execute(
            "create table seeds.engagement_weights as select 'comment' as interaction_type,"
            " 5 as weight"
        )
        session.execute(
            "create table marts.follower_interactions as select 1 as follower_id,"
            " 'comment' as interaction_type, timestamptz '2026-01-01 00:00Z' as occurred_at"
        )
        assert decay.compare(target, "10") is None
        session.execute("create table marts.mistakes as select 1::float8 as factor")
        session.execute(
            "create view marts.follower_engagement_scores as select follower_id, factor * 5"
            " * exp(-ln(2::float8) * extract(epoch from now() - occurred_at)::float8 / 864000)"
            " as decayed_score from marts.follower_interactions, marts.mistakes"
        )
        for factor in (1, 1.001):
            session.execute("update marts.mistakes set factor = %s", (factor,))
            found = decay.compare(target, "10")
            assert found is not None
            assert found.scores == 1
            assert found.greatest_error == pytest.approx(factor - 1, abs=1e-12)


def test_what_is_interrupted_leaves_nothing_behind() -> None:
    with pytest.raises(KeyboardInterrupt), workplace() as folder:
        target = prepared("interrupted")
        raise KeyboardInterrupt
    assert not folder.exists()
    with pytest.raises(WarehouseError, match="does not answer"):
        target.connect()
