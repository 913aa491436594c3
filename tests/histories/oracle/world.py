"""Input of the oracle: a workspace, its deliveries, decisions and seeds at an instant."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, object]
PostKey = tuple[str, str]  # platform, the platform's post id
ActorKey = tuple[str, str]  # platform, the platform's user id
_SEED = Path(__file__).parents[3] / "seeds" / "interaction_types.csv"
TOTALS = {
    row["interaction_type"]: f"total_{row['plural']}"
    for row in csv.DictReader(_SEED.read_text("utf-8").splitlines())
}
TYPES = tuple(TOTALS)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(hours=24)
MONTH = 30 * DAY


@dataclass(frozen=True)
class Delivery:
    """One record of the generic format, and where in the order of deliveries it came."""

    run_seq: int
    load_no: int
    line_no: int
    received_at: datetime
    record: Mapping[str, Any]
    documented_at: datetime | None = None  # the newest time that its load proves

    @property
    def receipt(self) -> tuple[datetime, int, int]:
        """Its place among everything received, whichever run took it up."""
        return (self.received_at, self.load_no, self.line_no)

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place in the delivery order."""
        return (self.run_seq, self.load_no, self.line_no)


@dataclass(frozen=True)
class Decision:
    """What somebody decided about an account; of one kind the greatest `order` holds."""

    order: int
    kind: str
    platform: str
    actor_id: str


@dataclass(frozen=True)
class Capability:
    """Whether a platform provides a metric, on days in [valid_from, valid_to)."""

    platform: str
    metric: str
    support: str
    names_people: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Workspace:
    """A tenant and how it cuts its days and weeks."""

    workspace_id: str
    time_zone: str = "UTC"
    week_start: str = "monday"
    issue_teams: tuple[str, ...] = ()  # whose ids are issues; none: everybody's


@dataclass(frozen=True)
class Seeds:
    """What analysts configure: weights per type, score tiers, capabilities, metric names."""

    weights: Mapping[str, Decimal]
    tiers: Sequence[tuple[str, Decimal]]
    capabilities: Sequence[Capability] = ()
    counter_metrics: Mapping[str, str] | None = None  # native metric -> type; None: identity
    half_life: timedelta = 30 * timedelta(hours=24)

    @cached_property
    def capabilities_by_metric(self) -> dict[tuple[str, str], list[Capability]]:
        """The capabilities of each platform and metric."""
        found: dict[tuple[str, str], list[Capability]] = {}
        for capability in self.capabilities:
            found.setdefault((capability.platform, capability.metric), []).append(capability)
        return found


@dataclass(frozen=True)
class World:
    """Everything that the numbers are a function of."""

    workspace: Workspace
    deliveries: Sequence[Delivery]
    seeds: Seeds
    as_of: datetime
    known_at: datetime | None = None
    decisions: Sequence[Decision] = ()
    own_accounts: Sequence[ActorKey] = ()  # as the seed names them


def capabilities_from_rows(rows: Iterable[Mapping[str, str]]) -> list[Capability]:
    """Return the rows of `platform_capabilities.csv`; an empty cell is None."""
    capabilities = []
    for row in rows:
        names_people = row.get("names_people") or None
        valid_from, valid_to = row.get("valid_from"), row.get("valid_to")
        capabilities.append(
            Capability(
                platform=row["platform"],
                metric=row["metric"],
                support=row["support"],
                names_people=None
                if names_people is None
                else names_people.lower() in ("true", "t", "yes", "1"),
                valid_from=date.fromisoformat(valid_from) if valid_from else None,
                valid_to=date.fromisoformat(valid_to) if valid_to else None,
            )
        )
    return capabilities
