"""Removes what killed commands left in a lake.

Source: the files of the raw tables; a load is whole where `raw/loads` has it.
Shape:  drafts, claims, what did not fit in memory, and files of loads that are not there are
        deleted.
Errors: those of the file system.
"""

from __future__ import annotations

import re

from warehouse.lake.layout import CLOSED, DELIVERED, EXPORTED, LOADS, SAID, TABLES, Lake
from warehouse.lake.manifests import CLAIM, Manifests
from warehouse.lake.spills import remove_spills

_FILE = re.compile(r"load-(\d+)(?:-\d+)?\.parquet")  # of one load


def clear_up(lake: Lake) -> None:
    """Remove the leavings; nobody else may be using the lake."""
    remove_spills(lake)
    for claim in lake.table(LOADS).glob(f"{CLAIM}*"):
        claim.unlink()
    for table in TABLES:
        for draft in lake.table(table).glob(".*.parquet"):
            draft.unlink()
    if not lake.is_exported():
        _remove_export(lake)
    manifests: Manifests | None = None
    for table in (*DELIVERED, CLOSED):
        for file in lake.table(table).glob("load-*.parquet"):
            if (named := _FILE.fullmatch(file.name)) is None:
                continue
            if manifests is None:
                manifests = Manifests(lake)
                manifests.refresh()
            if int(named[1]) not in manifests.ids:
                file.unlink()


def _remove_export(lake: Lake) -> None:
    """Remove the files of an export that never ended: it writes the loads last."""
    for table in (*DELIVERED, *SAID):
        for file in lake.table(table).glob(f"{EXPORTED}.parquet"):
            file.unlink()
        for file in lake.table(table).glob("loads-*.parquet"):
            file.unlink()
