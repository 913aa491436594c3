"""Two hundred histories that Hypothesis writes, and every planted defect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from defects import DEFECTS, Defect, found_by
from grounds import Grounds
from machine import STEPS, check_histories


def test_marts_equal_the_oracle_whatever_happens(
    grounds: Grounds, share: Callable[[int], int]
) -> None:
    told = check_histories(grounds, count=share(200), steps=20)
    if share(200) >= 50:
        assert {step for step in STEPS if told[step] == 0} == set()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_planted_defect_is_found(
    defect: Defect, state_folder: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = found_by(defect, state_folder.parent / "damaged", template)
    assert said is not None
    with capsys.disabled():
        print(f"\n{defect.name}\n    {said.splitlines()[0][:150]}")  # noqa: T201
