"""A history that Hypothesis writes, on real dbt; `make soak` runs two hundred."""

from __future__ import annotations

from dbt_env import DbtEnv
from history_machine import check_histories


def test_marts_equal_the_oracle_whatever_happens(dbt_env: DbtEnv) -> None:
    told = check_histories(dbt_env, count=1, steps=8)
    assert told["run"] > 0
