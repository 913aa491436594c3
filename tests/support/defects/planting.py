"""Planting of defects: damage a copy of the project and run the scenario in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from copies import copy_project

from defects.defect import Defect

IMPORTED_FROM = (".", "tests/support", "tests/histories")  # as in pyproject.toml


def found_by(defect: Defect, folder: Path, template: str) -> str | None:
    """Return what the scenario reports in a copy with the defect, or None."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    project = copy_project(folder / "project")
    defect.plant(project)
    told = subprocess.run(
        [sys.executable, "-m", "run_scenario", defect.scenario, folder.name, template],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(project / folder) for folder in IMPORTED_FROM),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout or None
