"""Two hundred histories that Hypothesis writes, and every planted defect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_env import DbtEnv
from defects import DEFECTS, Defect, found_by
from history_machine import STEPS, check_histories

PARTS = range(1, 9)  # so that cores can share them


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes share: named in it, steps taken and parts done."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "taken"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("number", PARTS)
def test_marts_equal_the_oracle_whatever_happens(
    dbt_env: DbtEnv, share: Callable[[int], int], taken: Path, number: int
) -> None:
    told = check_histories(dbt_env, count=share(25), steps=20, number=number)
    for done in (*told, f"part {number}"):
        (taken / done).touch()
    are_all_done = all((taken / f"part {part}").exists() for part in PARTS)
    if are_all_done and share(25) == 25:  # a part alone may do without a step
        assert {step for step in STEPS if not (taken / step).exists()} == set()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_planted_defect_is_found(
    defect: Defect, state_folder: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = found_by(defect, state_folder.parent / "damaged", template)
    assert said is not None
    with capsys.disabled():
        print(f"\n{defect.name}\n    {said.splitlines()[0][:150]}")  # noqa: T201
