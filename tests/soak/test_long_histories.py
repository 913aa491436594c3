"""Two hundred histories that Hypothesis writes, and every planted defect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from defects import DEFECTS, Defect, found_by
from grounds import Grounds
from machine import STEPS, check_histories


@pytest.mark.parametrize("number", range(1, 9))  # so that cores can share them
def test_marts_equal_the_oracle_whatever_happens(
    grounds: Grounds, share: Callable[[int], int], number: int
) -> None:
    told = check_histories(grounds, count=share(25), steps=20, number=number)
    if share(25) == 25:
        assert {step for step in STEPS if told[step] == 0} == set()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_planted_defect_is_found(
    defect: Defect, state_folder: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = found_by(defect, state_folder.parent / "damaged", template)
    assert said is not None
    with capsys.disabled():
        print(f"\n{defect.name}\n    {said.splitlines()[0][:150]}")  # noqa: T201
