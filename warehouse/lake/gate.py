"""The gate before a build of a lake: loads of which too much was rejected hold it.

Source: the loads that no build has used; seeds/landing_thresholds.csv, measure `reject_share`.
        The other measures of PostgreSQL's gate read raw rows and are not asked here.
Shape:  sentences by source, critical ones and warnings.
Units:  shares 0 to 1 of the records of a workspace, platform and format.
Errors: WarehouseError for a threshold that cannot be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.lake.layout import CLOSED, LOADS, Lake, read
from warehouse.lake.numbers import waiting
from warehouse.results import Failure
from warehouse.thresholds import CRITICAL, of_platform

MEASURE = "reject_share"


def check(lake: Lake, seeds: Path) -> tuple[list[Failure], list[Failure]]:
    """Return what is critical of the loads that wait, and what is not.

    Rejects that a later load has tried again do not count.
    """
    loads = set(read(lake, LOADS, "load_id")["load_id"].to_pylist())
    closed = {
        row["load_id"]
        for row in read(lake, CLOSED).to_pylist()
        if row["replay_load_id"] in loads
    }
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for load in waiting(lake):
        source = load["workspace_id"], load["platform"], load["format"]
        counts[source][0] += load["n_landed"]
        counts[source][1] += 0 if load["load_id"] in closed else load["n_rejected"]
    critical: list[Failure] = []
    warnings: list[Failure] = []
    for (workspace, platform, name), (landed, rejected) in sorted(counts.items()):
        size = landed + rejected
        row = {"record_count": size, MEASURE: rejected / size if size else 0.0}
        worst = _worst(seeds, platform, row)
        if worst is not None:
            severity, sentence = worst
            told = Failure(f"{workspace}, {platform} ({name})", sentence)
            (critical if severity == CRITICAL else warnings).append(told)
    return critical, warnings


def _worst(seeds: Path, platform: str, row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the severity and the sentence of the threshold that is reached, if one is."""
    reached = [
        threshold
        for threshold in of_platform(seeds, platform)
        if threshold.measure == MEASURE
        and row["record_count"] >= threshold.minimum
        and row[MEASURE] >= threshold.threshold
    ]
    reached.sort(key=lambda threshold: threshold.severity != CRITICAL)
    return (reached[0].severity, reached[0].sentence(row)) if reached else None
