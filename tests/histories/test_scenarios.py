"""Scenarios on real dbt: after each run every mart equals the oracle."""

from __future__ import annotations

import pytest
from dbt_env import DbtEnv
from history_runner import HistoryRunner
from scenarios import LONG, SCENARIOS, Scenario


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario, marks=pytest.mark.soak if scenario in LONG else ())
        for scenario in SCENARIOS
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_marts_equal_the_oracle(dbt_env: DbtEnv, scenario: Scenario) -> None:
    runner = HistoryRunner(dbt_env)
    try:
        scenario(runner)
    finally:
        runner.end()
