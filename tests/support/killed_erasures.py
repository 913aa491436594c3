"""A program that erases from a lake and is killed at one file operation after the other.

Source: as arguments, a lake in which somebody is planted, a folder for its copies, and how far
        apart the operations are at which one is killed.
Shape:  for each such operation a copy, in which an erasure ends there at once; a line of JSON
        says whether it had begun, and of the next command what it leaves of her, and how the
        rows differ from those of an erasure that nobody killed.
Units:  operations as in `killed_landings`.
Errors: whatever an erasure raises ends the program.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import planted_person as person
from killed_landings import IMPORTED, KILLED, child, die_at
from lake_rows import differences, of_lake

from warehouse import state
from warehouse.decisions import Account
from warehouse.lake import erasing, erasures, traces
from warehouse.lake.layout import Lake
from warehouse.privacy import erased

HERS = [
    Account("acme", "web", person.ID),
    Account("acme", "instagram", person.SECOND),
]


def erase(lake: Lake) -> None:
    """Erase her."""
    erasing.begin(lake, [HERS], None)
    erasing.finish(lake)


def erase_until(operation: int, lake: Lake) -> None:
    """Erase her; the process ends at an operation."""
    die_at(operation, lake.folder)
    erase(lake)


def looked(lake: Lake, whole: Lake, before: Lake) -> dict[str, Any]:
    """Do what a killed erasure asks for, and say what is left of her."""
    missing = erasures.missing(lake, erased.log())
    is_begun = bool(missing or erasures.recorded(lake))
    if not is_begun:
        assert differences(of_lake(lake), of_lake(before)) == []
        erase(lake)
    if missing:
        erasing.begin_again(lake, missing)
    erasing.finish(lake)
    erasures.check(lake)
    return {
        "is_begun": is_begun,
        "differences": differences(of_lake(whole), of_lake(lake)),
        "traces": [each.place for each in traces.find(lake, person.HERS_ALONE)],
    }


def main() -> None:
    """Kill erasures until one ends by itself."""
    before, folder, step = Lake(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    for name in IMPORTED:
        importlib.import_module(name)

    def copied(name: str) -> Lake:
        shutil.copytree(before.folder, folder / name)
        (state.home() / erased.FILE).unlink(missing_ok=True)
        return Lake(folder / name)

    whole = copied("whole")
    assert child(partial(erase, whole))[0] == 0
    operation, code = 1 - step, KILLED
    while code == KILLED:
        operation += step
        lake = copied(f"killed-{operation}")
        code, _ = child(partial(erase_until, operation, lake))
        ended, found = child(partial(looked, lake, whole, before))
        assert ended == 0, operation
        print(json.dumps({"code": code, **found}), flush=True)  # noqa: T201 (read by the test)


if __name__ == "__main__":
    main()
