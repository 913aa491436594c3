"""A few histories that Hypothesis writes, over real dbt; `make soak` plays two hundred."""

from __future__ import annotations

from grounds import Grounds
from machine import check_histories


def test_marts_equal_the_oracle_whatever_happens(grounds: Grounds) -> None:
    told = check_histories(grounds, count=3, steps=12)
    assert told["run"] > 0
