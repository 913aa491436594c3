"""After a kill of a command or server the next run gives the result of an undisturbed one.

The long form, with random moments and first builds, is tests/soak/test_many_kills.py.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from installation import DATABASE, EMPTY, Installation, own_installation
from killed_commands import FIRST_RUN_KILLS, LOAD_POINTS, RUN_KILLS, Kill, Victim, kill_command

PATIENCE = 20.0  # seconds; the soak test holds it to 2
KILLS, LOAD_KILLS = 50, 42
SOME_RUN_KILLS = (FIRST_RUN_KILLS[-1],)  # everything is built
SHORTEST, LONGEST = 0.05, 0.8  # seconds after which a load is killed at random


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, on which anything may be killed."""
    with own_installation() as made:
        made.prepare()
        yield made


@pytest.fixture(scope="module")
def undisturbed(installation: Installation) -> dict[str, str]:
    """What comes of a delivery when nobody disturbs anything."""
    installation.finish(0)
    return installation.digests()


def load_kills() -> list[Kill]:
    """Every named point with every victim, then at random."""
    dice = random.Random(42)
    named = [Kill("load", point, victim) for point in LOAD_POINTS for victim in Victim]
    return named + [
        Kill("load", dice.uniform(SHORTEST, LONGEST)) for _ in range(LOAD_KILLS - len(named))
    ]


def some_kills() -> list[Kill]:
    """One kill at every named point of a load, every victim among them, and one of a run."""
    pairs = zip(LOAD_POINTS, itertools.cycle(Victim))
    return [*(Kill("load", point, victim) for point, victim in pairs), *SOME_RUN_KILLS]


def all_kills() -> list[Kill]:
    """Fifty."""
    kills = [*load_kills(), *FIRST_RUN_KILLS, *RUN_KILLS]
    assert len(kills) == KILLS
    return kills


@pytest.mark.parametrize(
    "kills", [some_kills(), pytest.param(all_kills(), marks=pytest.mark.soak)], ids=len
)
def test_kills_change_nothing(
    installation: Installation, undisturbed: dict[str, str], kills: list[Kill]
) -> None:
    """All in one history, each followed at once by the next attempt."""
    installation.copy_database(EMPTY, DATABASE)
    is_landed = False
    for kill in kills:
        if kill.command != "load" and not is_landed:
            installation.load(0)
            is_landed = True
        while not kill_command(installation, kill, 0, PATIENCE):
            assert isinstance(kill.at, float), kill
            kill = replace(kill, at=kill.at / 2)  # noqa: PLW2901 (it had ended before)
    installation.finish(0)
    assert installation.digests() == undisturbed
    assert installation.leftovers() == []
