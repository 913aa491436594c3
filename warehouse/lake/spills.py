"""Folders of a lake in which DuckDB and Spark keep what does not fit in memory.

They hold rows of people. A killed process leaves them behind, so they lie where the next
command finds them: within the lake, not in the temporary folder of the machine.

Source: the folder of a lake.
Shape:  a folder for each session; `remove_spills` removes those of killed processes.
Errors: those of the file system.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from warehouse.lake.layout import Lake

SPILL = ".spill-"


def new_spill(lake: Lake) -> Path:
    """Return a folder of which nobody else knows; who uses it makes and removes it."""
    return lake.folder / f"{SPILL}{secrets.token_hex(8)}"


def remove_spills(lake: Lake) -> None:
    """Remove what killed processes left; nobody else may be using the lake."""
    for folder in lake.folder.glob(f"{SPILL}*"):
        shutil.rmtree(folder)
