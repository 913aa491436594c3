"""Two runs begun at every distance: one proceeds, the other ends with 3 within two seconds."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from disturbed import Site, own_site

PAIRS = 50
PATIENCE = 2.0  # seconds in which the second run says so
LATEST = 3.0  # seconds by which the second begins later
CODES = {(0, 3), (4, 3), (3, 0), (3, 4)}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A server of its own, with one delivery built."""
    with own_site() as made:
        made.prepare()
        made.finish(0)
        yield made


def test_exactly_one_of_two_runs_proceeds(site: Site, share: Callable[[int], int]) -> None:
    dice = random.Random(0)
    slowest = 0.0
    for _ in range(share(PAIRS)):
        first = site.begin("rebuild", 0)
        time.sleep(dice.uniform(0, LATEST))
        began = time.monotonic()
        second = site.begin("rebuild", 0)
        while first.poll() is None and second.poll() is None:
            time.sleep(0.005)
        slowest = max(slowest, time.monotonic() - began)
        codes = (site.ended(first).code, site.ended(second).code)
        assert codes in CODES
    sys.stderr.write(f"{share(PAIRS)} pairs; the busy one said so within {slowest:.2f} s\n")
    assert slowest <= PATIENCE
