"""Every defect can be planted in the project as it is; `make soak` plants and finds each."""

from __future__ import annotations

from copies import ROOT
from defects import DEFECTS
from scenarios import SCENARIOS


def test_every_defect_can_be_planted() -> None:
    assert len(DEFECTS) >= 25
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    assert {defect.scenario for defect in DEFECTS} == {
        scenario.__name__ for scenario in SCENARIOS
    }
    for defect in DEFECTS:
        text = (ROOT / defect.file).read_text("utf-8")
        assert defect.planted(text) != text
