"""Pairs of runs at every distance: one proceeds, the other ends with 3 within two seconds."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from installation import Installation, own_installation

PAIRS = 50
PATIENCE = 2.0  # seconds in which the second run says so
LATEST = 3.0  # seconds by which the second begins later
CODES = {(0, 3), (4, 3), (3, 0), (3, 4)}


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, with one delivery built."""
    with own_installation() as made:
        made.prepare()
        made.finish(0)
        yield made


def test_exactly_one_of_two_runs_proceeds(
    installation: Installation, share: Callable[[int], int]
) -> None:
    dice = random.Random(0)
    slowest = 0.0
    for _ in range(share(PAIRS)):
        first = installation.begin("rebuild", 0)
        time.sleep(dice.uniform(0, LATEST))
        began = time.monotonic()
        second = installation.begin("rebuild", 0)
        while first.poll() is None and second.poll() is None:
            time.sleep(0.005)
        slowest = max(slowest, time.monotonic() - began)
        codes = (installation.ended(first).code, installation.ended(second).code)
        assert codes in CODES
    sys.stderr.write(f"{share(PAIRS)} pairs; the busy one said so within {slowest:.2f} s\n")
    assert slowest <= PATIENCE
