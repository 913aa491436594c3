"""Copies of the project that tests may change.

Shape: a folder that does not exist yet in, the same folder with a whole project out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = (
    *("loaders", "warehouse", "models", "macros", "functions", "seeds", "tests"),
    *("dbt_project.yml", "profiles.example.yml", "pyproject.toml"),
)


def copy_project(project: Path) -> Path:
    """Copy everything that commands and tests need."""
    project.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, project / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, project / name)
    return project
