"""Five hundred kills at named and random points, of first and later runs.

Histories begin with an empty warehouse or with one that was built, go through kills and are
then finished; each must come to what an undisturbed one comes to. Besides the orders of
tests/integration/test_kills.py, commands, victims and moments are drawn by lot.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from installation import DATABASE, EMPTY, Installation, own_installation
from killed_commands import FIRST_RUN_KILLS, LOAD_POINTS, RUN_KILLS, Kill, Victim, kill_command

KILLS = 500
PATIENCE = 2.0  # seconds until nothing of a killed command is left on the server
BUILT = "built"
LOADS_EACH, RUNS_EACH = 16, 9  # kills of a history
LONGEST_LOAD, LONGEST_RUN = 1.0, 15.0  # seconds, at random
VICTIMS = (*[Victim.CLIENT] * 3, Victim.BACKEND, Victim.POSTMASTER)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, with a warehouse that one delivery was built in."""
    with own_installation() as made:
        made.prepare()
        made.finish(0)
        made.copy_database(DATABASE, BUILT)
        yield made


@pytest.fixture(scope="module")
def undisturbed(installation: Installation) -> dict[str, dict[str, str]]:
    """What undisturbed histories come to, by what they begin with."""
    first = installation.digests()
    installation.finish(1)
    return {EMPTY: first, BUILT: installation.digests()}


def loads(dice: random.Random) -> Iterator[Kill]:
    """Kills of loads: first at points that only a load with news comes to."""
    for _ in range(LOADS_EACH // 2):
        yield Kill("load", dice.choice(LOAD_POINTS), dice.choice(VICTIMS))
    for _ in range(LOADS_EACH - LOADS_EACH // 2):
        yield Kill("load", dice.uniform(0, LONGEST_LOAD), dice.choice(VICTIMS))


def runs(dice: random.Random, base: str) -> Iterator[Kill]:
    """Kills of runs: those with an order of their own, then at random."""
    named = FIRST_RUN_KILLS if base == EMPTY else dice.sample(RUN_KILLS, 3)
    yield from named
    for _ in range(RUNS_EACH - len(named)):
        command = dice.choice(["run", "run", "rebuild", "dbt", "plain dbt"])
        victim = dice.choice(VICTIMS) if "dbt" not in command else Victim.CLIENT
        yield Kill(command, dice.uniform(0, LONGEST_RUN), victim)


def test_no_kill_makes_a_difference(
    installation: Installation,
    undisturbed: dict[str, dict[str, str]],
    share: Callable[[int], int],
) -> None:
    wanted, done = share(KILLS), Counter[tuple[str, str]]()
    history = differences = 0
    while done.total() < wanted:
        dice = random.Random(history)
        base, delivery = ((EMPTY, 0), (BUILT, 1))[history % 2]
        installation.copy_database(base, DATABASE)
        for kind, kills in enumerate((loads(dice), runs(dice, base))):
            if kind == 1:
                installation.load(delivery)
            for kill in kills:
                if kill_command(installation, kill, delivery, PATIENCE):
                    done[kill.command, kill.victim.value] += 1
        installation.finish(delivery)
        found = installation.digests()
        assert installation.leftovers() == []
        different = sorted(
            name for name, digest in undisturbed[base].items() if found[name] != digest
        )
        differences += len(different)
        history += 1
        sys.stderr.write(f"history {history}: {done.total()} kills, different: {different}\n")
    for (command, victim), count in sorted(done.items()):
        sys.stderr.write(f"{count:4} {command}: {victim}\n")
    assert differences == 0
