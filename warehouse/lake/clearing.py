"""Removes what landings left in a lake that were killed.

Source: the files of the raw tables; a load is whole where `raw/loads` has it.
Shape:  drafts, claims, and files of loads that are not there are deleted.
Errors: those of the file system.
"""

from __future__ import annotations

import re

from warehouse.lake.layout import CLOSED, DELIVERED, LOADS, Lake
from warehouse.lake.manifests import CLAIM, Manifests

_FILE = re.compile(r"\.?load-(\d+)(?:-\d+)?\.parquet")  # of one load


def clear_up(lake: Lake) -> None:
    """Remove the leavings; nobody may be landing."""
    for claim in lake.table(LOADS).glob(f"{CLAIM}*"):
        claim.unlink()
    manifests: Manifests | None = None
    for table in (*DELIVERED, CLOSED, LOADS):
        for file in lake.table(table).glob("*.parquet"):
            if (named := _FILE.fullmatch(file.name)) is None:
                continue
            if manifests is None:
                manifests = Manifests(lake)
                manifests.refresh()
            if file.name.startswith(".") or int(named[1]) not in manifests.ids:
                file.unlink()
