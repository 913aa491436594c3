"""Numbers of loads: which build uses a load first.

Source: the loads of a lake, and the files of `raw/runs`.
Shape:  a file per number, which only one build can make. The ledger orders deliveries by it.
Errors: WarehouseError where another build has taken the number.
"""

from __future__ import annotations

import os
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.lake.layout import LOADS, RUNS, Lake, arrow_schema, read


def waiting(lake: Lake) -> list[dict[str, Any]]:
    """Return the loads that no build has used yet."""
    used = set(read(lake, RUNS, "load_id")["load_id"].to_pylist())
    return [load for load in read(lake, LOADS).to_pylist() if load["load_id"] not in used]


def number_loads(lake: Lake) -> int:
    """Give the loads that no build has used yet the next number; return how many these are."""
    import pyarrow.compute  # noqa: PLC0415 (an extra)
    import pyarrow.parquet  # noqa: PLC0415 (an extra)

    load_ids = sorted(load["load_id"] for load in waiting(lake))
    if not load_ids:
        return 0
    newest = pyarrow.compute.max(read(lake, RUNS, "run_seq")["run_seq"]).as_py()
    number = 1 + (newest or 0)
    rows = {"load_id": load_ids, "run_seq": [number] * len(load_ids)}
    lake.table(RUNS).mkdir(parents=True, exist_ok=True)
    file = lake.table(RUNS) / f"{number:012d}.parquet"
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    pyarrow.parquet.write_table(pyarrow.table(rows, arrow_schema(RUNS)), draft)
    try:
        os.link(draft, file)  # fails where it exists
    except FileExistsError:
        raise WarehouseError(
            f"Another build has taken number {number}; wait until it has ended, "
            "then build again."
        ) from None
    finally:
        draft.unlink()
    return len(load_ids)
