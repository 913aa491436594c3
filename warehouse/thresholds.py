"""Thresholds of the landing gate: what is measured of loads, and from where on it is too much.

Source: seeds/landing_thresholds.csv, which analysts edit.
Shape:  the thresholds of one platform, each measure and severity once.
Units:  shares, drifts and rises 0 to 1; volume_change times; unmapped_types words.
Errors: WarehouseError naming the file and the line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from warehouse.errors import USAGE, WarehouseError

CRITICAL = "critical"
WARNING = "warning"
ANY = "*"
FILE = "landing_thresholds.csv"
UNITS = {  # by the last word of a measure, as people see it
    "share": (100, " %"),
    "drift": (100, " %"),
    "rise": (100, " points"),
    "change": (1, " times"),
}


class Measure(NamedTuple):
    """What one number of landing_measures.sql tells.

    `size`: the column that says how much it is a share of. `said`: a sentence for people, of
    the columns of the row, of `value`, the measured number, and of `limit`.
    """

    title: str
    size: str
    said: str


_OF = "; the limit is {limit}"
_NULLS = "{value} of {interaction_count:,} interactions have no "
_ROSE = "interactions without %s rose by {value} against the last {earlier_loads} loads" + _OF

MEASURES: Mapping[str, Measure] = {
    "reject_share": Measure(
        "rejected records",
        "record_count",
        "{value} of {record_count:,} records were rejected" + _OF,
    ),
    "future_share": Measure(
        "interactions in the future",
        "interaction_count",
        "{value} of {interaction_count:,} interactions are more than a day ahead of loading"
        + _OF,
    ),
    "volume_change": Measure(
        "volume outside the range of the last loads",
        "largest_load",
        "{records_per_load:,.0f} records per load are {value} outside the range of the last "
        "{earlier_loads} loads, {fewest_records:,} to {most_records:,}" + _OF,
    ),
    "actor_id_null_share": Measure(
        "no actor_id", "interaction_count", _NULLS + "actor_id" + _OF
    ),
    "actor_id_null_rise": Measure(
        "rise of no actor_id", "interaction_count", _ROSE % "actor_id"
    ),
    "occurred_at_null_share": Measure(
        "no occurred_at", "interaction_count", _NULLS + "occurred_at" + _OF
    ),
    "occurred_at_null_rise": Measure(
        "rise of no occurred_at", "interaction_count", _ROSE % "occurred_at"
    ),
    "text_null_share": Measure("no text", "interaction_count", _NULLS + "text" + _OF),
    "text_null_rise": Measure("rise of no text", "interaction_count", _ROSE % "text"),
    "unmapped_types": Measure(
        "types without a mapping",
        "interaction_count",
        "types without a row in seeds/interaction_type_mappings.csv: {unmapped_words}",
    ),
    "type_drift": Measure(
        "drift of interaction types",
        "interaction_count",
        "{value} of the interactions have other types than in the last {earlier_loads} loads"
        + _OF,
    ),
}


class Threshold(NamedTuple):
    """From `threshold` on a measure of at least `minimum` records is `severity`."""

    measure: str
    severity: str
    threshold: float
    minimum: int

    @property
    def limit(self) -> str:
        """The threshold for people."""
        return shown(self.measure, self.threshold)

    @property
    def description(self) -> str:
        """What is expected, for people."""
        measure = MEASURES[self.measure]
        size = f"; from {self.minimum:,} records on" if self.minimum > 1 else ""
        return f"{measure.title.capitalize()}: below {self.limit} ({self.severity}{size})."

    def sentence(self, row: Mapping[str, Any]) -> str:
        """What a row of landing_measures.sql that reaches the threshold means."""
        facts = {**row, "value": shown(self.measure, row[self.measure]), "limit": self.limit}
        return MEASURES[self.measure].said.format(**facts) + "."


class Batch(NamedTuple):
    """What is to be checked of one platform: a query with all values in it, and thresholds."""

    platform: str
    query: str
    thresholds: Sequence[Threshold]

    def is_near(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """Whether a measure reaches a threshold, of however few records, or is missing."""
        return any(
            threshold.measure not in row
            or (
                row[threshold.measure] is not None
                and row[threshold.measure] >= threshold.threshold
            )
            for row in rows
            for threshold in self.thresholds
        )

    def passed(self) -> Checked:
        """Return the result where nothing is near."""
        return Checked(self.platform, [], len(self.thresholds), 0, [])


class Checked(NamedTuple):
    """What came of it.

    `reached`: thresholds with the keys of the rows that reach them. `sections`: HTML that
    Great Expectations makes of its results, one a measure; none where it was not asked.
    """

    platform: str
    reached: list[tuple[Threshold, tuple[str, str]]]
    check_count: int
    failed_count: int
    sections: list[str]


def shown(measure: str, value: float | None) -> str:
    """A measured number for people."""
    if value is None:
        return "–"
    ending = measure.rpartition("_")[2]
    factor, unit = UNITS.get(ending, (1, ""))
    number = factor * value
    return f"{number:{',.0f' if abs(number) >= 100 else '.3g'}}{unit}"


def of_platform(folder: Path, platform: str) -> list[Threshold]:
    """The thresholds of one platform: its own rows win over those of any platform."""
    kept: dict[tuple[str, str], Threshold | None] = {}
    for of, measure, severity, threshold in _rows(folder / FILE):
        if of == platform or (of == ANY and (measure, severity) not in kept):
            kept[measure, severity] = threshold
    return [threshold for threshold in kept.values() if threshold is not None]


def _rows(path: Path) -> Iterable[tuple[str, str, str, Threshold | None]]:
    """Platform, measure, severity and threshold; the rows of single platforms first."""
    found = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), 2):
            try:
                measure, severity = row["measure"], row["severity"]
                if measure not in MEASURES or severity not in (CRITICAL, WARNING):
                    raise ValueError
                threshold = (
                    Threshold(
                        measure,
                        severity,
                        float(row["threshold"]),
                        int(row["minimum_records"] or 0),
                    )
                    if row["threshold"]
                    else None
                )
                found.append((row["platform"], measure, severity, threshold))
            except (KeyError, TypeError, ValueError):
                raise WarehouseError(
                    f"{path}, line {number}: write platform (or *), measure (one of "
                    f"{', '.join(MEASURES)}), severity (critical or warning), threshold (a "
                    "number, or nothing) and minimum_records (a number).",
                    USAGE,
                ) from None
    return sorted(found, key=lambda item: item[0] == ANY)
