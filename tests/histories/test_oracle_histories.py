"""Random histories keep what they promise, and the oracle agrees with itself on them.

No database: these tests show that the oracle can be trusted, not that the warehouse is right.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import oracle
import pytest
import random_histories
from oracle import World
from oracle_cases import AS_OF, SEEDS, WEIGHTS

SEEDS_OF_HISTORIES = range(60)


def world_of(history: random_histories.History) -> World:
    return World(
        history.workspace,
        history.deliveries(),
        replace(SEEDS, counter_metrics=None),
        history.as_of,
        decisions=history.decisions,
    )


drawn = cache(random_histories.history)


@cache
def marts_of(seed: int) -> dict[str, list[oracle.Row]]:
    """Return what the oracle says of a history; several tests look at it."""
    return oracle.marts(world_of(drawn(seed)))


@pytest.fixture(params=SEEDS_OF_HISTORIES)
def history(request: pytest.FixtureRequest) -> random_histories.History:
    return drawn(request.param)


def test_a_seed_gives_one_history(history: random_histories.History) -> None:
    again = random_histories.history(history.seed)
    assert again == history
    assert again.deliveries() == history.deliveries()


def test_a_history_is_small_and_lands_whole(history: random_histories.History) -> None:
    files = [load.ndjson() for load in history.loads]
    assert len(set(files)) == len(files)
    for load, file in zip(history.loads, files, strict=True):
        assert [json.loads(line) for line in file.decode().split("\n")[:-1]] == [*load.records]
    runs = [load.run_seq for load in history.loads]
    assert runs == sorted(runs)
    assert set(runs) == set(range(1, max(runs) + 1))
    assert max(runs) in range(1, 5)
    assert len(runs) in range(1, 7)


def test_what_happens_after_as_of_happens_in_order(history: random_histories.History) -> None:
    groups = oracle.deliveries_per_interaction(world_of(history)).values()
    if history.is_settled:
        for delivery in (delivery for group in groups for delivery in group):
            for field in ("occurred_at", "version_at"):
                moment = oracle.instant(delivery.record.get(field))
                assert moment is None or moment <= history.as_of
        return
    for group in groups:
        effective = [since for _, since in oracle.states_of(group)]
        known = [since for since in effective if since is not None]
        assert None not in effective[1:]
        assert known == sorted(known)


def test_once_settled_how_loads_fell_into_runs_does_not_matter(
    history: random_histories.History,
) -> None:
    is_settled = history.is_settled
    if not is_settled:
        history = replace(history, as_of=history.as_of + 2000 * oracle.DAY)
    one_run = replace(history, loads=tuple(replace(load, run_seq=1) for load in history.loads))
    expected = marts_of(history.seed) if is_settled else oracle.marts(world_of(history))
    assert oracle.marts(world_of(one_run)) == expected


def test_nothing_is_known_before_the_first_load(history: random_histories.History) -> None:
    received = min(load.received_at for load in history.loads)
    of = replace(world_of(history), known_at=received - timedelta(microseconds=1))
    assert not any(oracle.marts(of).values())
    of = replace(of, known_at=max(load.received_at for load in history.loads))
    assert oracle.marts(of) == marts_of(history.seed)


def test_marts_agree_with_each_other(history: random_histories.History) -> None:
    marts = marts_of(history.seed)
    done = Counter(row["follower_id"] for row in marts["follower_interactions"])
    points: Counter[object] = Counter()
    for row in marts["follower_interactions"]:
        points[row["follower_id"]] += int(WEIGHTS.get(str(row["interaction_type"]), 0))
    for row in marts["follower_engagement_scores"]:
        assert row["interaction_count"] == done[row["follower_id"]]
        assert row["engagement_score"] == points[row["follower_id"]]
    seen = [
        row
        for row in marts["followers"]
        if row["first_seen"] is not None and row["is_eligible"]
    ]
    sizes = [row["follower_count"] for row in marts["follower_cohorts"]]
    starts = [row for row in marts["follower_retention"] if row["week_number"] == 0]
    assert sum(size for size in sizes if isinstance(size, int)) == len(seen)
    assert sizes == [row["cohort_size"] for row in starts]
    assert sizes == [row["active_later_count"] for row in starts]


def test_every_peculiarity_occurs() -> None:
    every = [drawn(seed) for seed in SEEDS_OF_HISTORIES]
    assert frozenset().union(*(history.traits for history in every)) == random_histories.TRAITS
    seen: Counter[str] = Counter()
    for history in every:
        of = world_of(history)
        seen["conflict"] += len(oracle.conflicts(of))
        for group in oracle.deliveries_per_interaction(of).values():
            states = oracle.states_of(group)
            begun = [since is None or since <= of.as_of for _, since in states]
            seen["not yet in effect"] += not any(begun)
            seen["earlier state in effect"] += any(begun) and not begun[-1]
            seen["several states"] += len(states) > 1
        marts = marts_of(history.seed)
        for mart, found in marts.items():
            seen[mart] += len(found)
        for row in marts["follower_engagement_scores"]:
            seen.update(str(row[name]) for name in ("engagement_tier", "activity_state"))
            seen[f"excluded as {row['exclusion_reason']}"] += 1
        for row in marts["content_cross_platform_summary"]:
            best, normalised = row["best_platform"], row["best_platform_normalised"]
            seen["normalised differs"] += None not in (best, normalised) and best != normalised
    missing = {
        *("conflict", "not yet in effect", "earlier state in effect", "several states"),
        *("super_fan", "active", "lurker", "inactive"),
        *("new", "returning", "resurrected", "at_risk", "dormant"),
        *(f"excluded as {name}" for name in oracle.EXCLUSIONS if name != "erased"),
        "excluded as None",
        *oracle.MARTS,
        "normalised differs",
    } - {name for name, count in seen.items() if count > 0}
    assert missing == set()


def test_histories_keep_to_the_instant_they_are_given() -> None:
    spring = datetime(2025, 4, 2, tzinfo=UTC)
    changes = random_histories.clock_changes("Europe/Berlin", spring - 7 * oracle.DAY, spring)
    assert changes == [datetime(2025, 3, 30, 1, tzinfo=UTC)]
    history = random_histories.history(4, as_of=spring, metrics=["likeCount"])
    metrics = {delivery.record.get("metric") for delivery in history.deliveries()}
    counted = {"reaction:👍", "reaction:🎉", "reactions"}  # of messages, in any history
    assert (history.as_of, metrics - counted) == (spring, {None, "likeCount"})


def test_times_of_landing_can_be_replaced() -> None:
    history = random_histories.history(1)
    times = {load.load_no: AS_OF for load in history.loads}
    assert {delivery.received_at for delivery in history.received(times).deliveries()} == {
        AS_OF
    }
