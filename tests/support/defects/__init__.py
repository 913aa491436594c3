"""Planted defects: each makes one line of the project wrong, and one scenario must find it.

Source: the checkout, copied; the replaced text must stand in its file exactly once.
Shape:  `found_by` runs the scenario of a defect in a child process, in the damaged copy and on
        a database that the sound project has built. It returns what the scenario reports.
Errors: `RottenDefectError` where the text is no longer there, or not once.
"""

from __future__ import annotations

from defects.defect import Defect
from defects.models import DEFECTS_OF_MODELS
from defects.planting import found_by
from defects.runs import DEFECTS_OF_RUNS

__all__ = ["DEFECTS", "Defect", "found_by"]

DEFECTS = (*DEFECTS_OF_RUNS, *DEFECTS_OF_MODELS)
