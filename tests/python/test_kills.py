"""Commands and servers that are killed: the next run gives what an undisturbed one gives.

The long form, with random moments and first builds, is tests/soak/test_many_kills.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from disturbed import (
    DATABASE,
    EMPTY,
    FIRST_RUN_KILLS,
    LOAD_POINTS,
    RUN_KILLS,
    Kill,
    Site,
    Victim,
    disturb,
    own_site,
)

PATIENCE = 20.0  # seconds; the soak test holds it to 2
KILLS, LOAD_KILLS = 50, 42
SHORTEST, LONGEST = 0.05, 0.8  # seconds after which a load is killed at random


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A server of its own, on which anything may be killed."""
    with own_site() as made:
        made.prepare()
        yield made


@pytest.fixture(scope="module")
def undisturbed(site: Site) -> dict[str, str]:
    """What comes of a delivery when nobody disturbs anything."""
    site.finish(0)
    return site.digests()


def load_kills() -> list[Kill]:
    """Every named point with every victim, then at random."""
    dice = random.Random(42)
    named = [Kill("load", point, victim) for point in LOAD_POINTS for victim in Victim]
    return named + [
        Kill("load", dice.uniform(SHORTEST, LONGEST)) for _ in range(LOAD_KILLS - len(named))
    ]


def test_fifty_kills_change_nothing(site: Site, undisturbed: dict[str, str]) -> None:
    """All in one history, each followed at once by the next attempt."""
    kills = [*load_kills(), *FIRST_RUN_KILLS, *RUN_KILLS]
    assert len(kills) == KILLS
    site.copy_database(EMPTY, DATABASE)
    for kill in kills:
        if kill == FIRST_RUN_KILLS[0]:
            site.load(0)
        while not disturb(site, kill, 0, PATIENCE):
            assert isinstance(kill.at, float), kill
            kill = replace(kill, at=kill.at / 2)  # noqa: PLW2901 (it had ended before)
    site.finish(0)
    assert site.digests() == undisturbed
    assert site.leftovers() == []
