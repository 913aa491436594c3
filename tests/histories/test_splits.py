"""Each day has the same numbers, however deliveries are split over loads and runs.

Random histories are cut once more: every load into parts, landed in any order and taken up by
any run, while each part keeps the time at which it was received. The marts equal the oracle,
which knows of neither runs nor the order of loads, at several instants inside the histories.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import oracle
import psycopg
import pytest
from landed_history import Landed, configure, decide, land_load
from mart_comparison import differences
from mart_reader import read_marts
from model_builds import ModelBuilds
from random_histories import AS_OF, MICROSECOND, History, Load, history
from seed_reader import project_seeds

from warehouse.connection import Target

SEEDS = range(40)
SOME = SEEDS[::20]  # which `make test` splits
RUNS = 3
INSTANTS = (-60, -20, -7, -1, 0)  # days from the histories' own, the clock goes on


def split(item: History, seed: int) -> History:
    """The same records in other loads, orders and runs."""
    chance = random.Random(f"split {item.seed} {seed}")
    parts: list[Load] = []
    for load in item.loads:
        count = chance.choice((1, 2, 3))
        drawn: list[list[oracle.Row]] = [[] for _ in range(count)]
        for record in load.records:
            drawn[chance.randrange(count)].append(record)
        parts += [
            replace(
                load,
                received_at=load.received_at + number * MICROSECOND,
                # stamped, so that no two parts have the same bytes
                records=tuple({**record, "part": number} for record in records),
            )
            for number, records in enumerate(drawn)
            if records
        ]
    chance.shuffle(parts)
    runs = sorted(chance.randint(1, RUNS) for _ in parts)
    loads = [
        replace(part, run_seq=run_seq, load_no=load_no)
        for load_no, (part, run_seq) in enumerate(zip(parts, runs, strict=True), 1)
    ]
    return replace(item, loads=tuple(loads))


@pytest.mark.parametrize(
    "seed",
    [*SOME, *(pytest.param(seed, marks=pytest.mark.soak) for seed in set(SEEDS) - set(SOME))],
)
def test_the_oracle_knows_of_no_run_and_no_order(seed: int) -> None:
    """The parts of one split in another order and in other runs are the same interactions."""
    first = split(history(seed), 1)
    chance = random.Random(seed)
    loads = list(first.loads)
    chance.shuffle(loads)
    runs = [chance.randint(1, RUNS) for _ in loads]
    other = replace(
        first,
        loads=tuple(
            replace(load, run_seq=run_seq) for load, run_seq in zip(loads, runs, strict=True)
        ),
    )
    for days in INSTANTS:
        worlds = [
            Landed(item, list(item.deliveries())).world(
                project_seeds(), item.as_of + timedelta(days=days)
            )
            for item in (first, other)
        ]
        for find in (oracle.interactions_in_effect, oracle.find_contents):
            found, again = (sorted(find(world), key=repr) for world in worlds)
            assert found == again


@pytest.mark.parametrize(
    ("seeds", "instants"),
    [
        (SOME, INSTANTS[2:3]),
        pytest.param(SEEDS, INSTANTS, marks=pytest.mark.soak),
    ],
    ids=["some", "all"],
)
def test_every_day_has_its_numbers_however_deliveries_were_split(
    target: Target, session: psycopg.Connection, seeds: range, instants: tuple[int, ...]
) -> None:
    histories = [split(history(seed), 1) for seed in seeds]
    builds = ModelBuilds(target)
    builds.invoke(AS_OF, "seed")
    configure(session, histories)
    landed = [Landed(item) for item in histories]
    for item in histories:
        decide(session, item)
    for run_seq in range(1, RUNS + 1):
        for each in landed:
            for load in each.history.loads:
                if load.run_seq == run_seq:
                    land_load(session, each, load)
        builds.build(AS_OF)
    for days in instants:
        instant = AS_OF + timedelta(days=days)
        builds.build(instant)
        assert differences(read_marts(session), landed, project_seeds(), instant) == []
    builds.build(AS_OF, rebuild=True)
    assert differences(read_marts(session), landed, project_seeds(), AS_OF) == []
