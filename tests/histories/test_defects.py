"""Planted defects are found; `make soak` plants all of them, `make test` one."""

from __future__ import annotations

from pathlib import Path

import pytest
from copies import ROOT
from defects import DEFECTS, Defect, found_by
from scenarios import SCENARIOS

SAMPLE = [defect for defect in DEFECTS if defect.is_sampled]


def test_every_defect_can_be_planted() -> None:
    assert len(DEFECTS) >= 25
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    assert {defect.scenario for defect in DEFECTS} == {
        scenario.__name__ for scenario in SCENARIOS
    }
    for defect in DEFECTS:
        text = (ROOT / defect.file).read_text("utf-8")
        assert defect.planted(text) != text


@pytest.mark.parametrize("defect", SAMPLE, ids=lambda defect: defect.name)
def test_planted_defects_are_found(defect: Defect, state_folder: Path, template: str) -> None:
    assert found_by(defect, state_folder.parent / "damaged", template) is not None
