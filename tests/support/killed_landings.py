"""A program that lands in a lake and is killed at one file operation after the other.

Source: a folder for lakes and a file, as arguments.
Shape:  for each operation a lake of its own, in a process that ends there at once: a line of
        JSON says how many loads people then see, whether rows are those of as many whole loads,
        and the same after the next landing, with the files that nobody needs.
Units:  operations are those on files of the lake: open to write, rename, link, remove, mkdir.
Errors: whatever a landing raises ends the program.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lake_rows import Tables, differences, of_lake

from warehouse import loading
from warehouse.lake.layout import LOADS, Lake
from warehouse.lake.sink import ParquetSink

CHANGES = ("os.rename", "os.link", "os.remove", "os.mkdir")
KILLED = 9
IMPORTED = ("duckdb", "pyarrow.csv", "pyarrow.dataset", "pyarrow.parquet")  # once, not by each
DECLARED = (  # the second replaces what the first said, and closes its rejects
    loading.Declared("acme"),
    loading.Declared("acme", timezone="Europe/Berlin"),
)


def land(folder: Path, file: Path, count: int = len(DECLARED)) -> None:
    """Land the file under the first declarations, one after the other."""
    with ParquetSink.open(folder) as sink:
        for declared in DECLARED[:count]:
            (result,) = loading.load(sink, [str(file)], declared)
            assert result.load is not None, result.problem


def die_at(operation: int, folder: Path) -> None:
    """End this process at once at an operation on a file of the lake."""
    seen = 0

    def hook(event: str, told: tuple[Any, ...]) -> None:
        nonlocal seen
        is_written = event == "open" and isinstance(told[2], int) and told[2] & os.O_ACCMODE
        if (event in CHANGES or is_written) and str(folder) in str(told[:2]):
            seen += 1
            if seen == operation:
                os._exit(KILLED)

    sys.addaudithook(hook)


def land_until(operation: int, folder: Path, file: Path) -> None:
    """Land the file; the process ends at an operation."""
    die_at(operation, folder)
    land(folder, file)


def child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do work in a process of its own: its exit code, and what it returned."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            done = json.dumps(work()).encode()
            os.write(writes, done)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as stream:
        told = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, json.loads(told) if told else None


def main() -> None:
    """Kill landings until one ends by itself."""
    lakes, file = Path(sys.argv[1]), Path(sys.argv[2])
    for name in IMPORTED:
        importlib.import_module(name)
    for count in range(len(DECLARED) + 1):
        code, _ = child(partial(land, lakes / f"whole-{count}", file, count))
        assert code == 0

    def found(folder: Path) -> list[Any]:
        """How many loads there are, and how they differ from whole ones."""
        lake = Lake(folder)
        rows = of_lake(lake) if lake.has_loads() else {}
        count = len(rows.get(LOADS, ()))
        if count == 0:
            return [count, []]
        whole: Tables = of_lake(Lake(lakes / f"whole-{count}"))
        return [count, differences(whole, rows)]

    def looked(folder: Path) -> list[Any]:
        """What is found, then after one more landing, and the files that are left over."""
        then = found(folder)
        land(folder, file)
        names = {path.name for path in folder.rglob("*") if path.is_file()}
        left = [name for name in names if name.startswith((".load", ".claim"))]
        return [then, found(folder), left]

    operation, code = 0, KILLED
    while code == KILLED:
        operation += 1
        folder = lakes / f"killed-{operation}"
        code, _ = child(partial(land_until, operation, folder, file))
        line = [code, *child(partial(looked, folder))]
        print(json.dumps(line), flush=True)  # noqa: T201 (read by the test)


if __name__ == "__main__":
    main()
