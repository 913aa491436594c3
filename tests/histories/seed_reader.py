"""Reader of the project's seeds, as rows and as the oracle takes them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from copies import ROOT
from oracle import Seeds, capabilities_from_rows


def seed_rows(name: str, project: Path = ROOT) -> list[dict[str, str]]:
    """Return the rows of one of the project's seeds."""
    with (project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def project_seeds(project: Path = ROOT) -> Seeds:
    """Return the project's own configuration, as the oracle takes it."""
    tiers = seed_rows("engagement_tiers", project)
    return Seeds(
        weights={
            row["interaction_type"]: Decimal(row["weight"])
            for row in seed_rows("engagement_weights", project)
        },
        tiers=[
            (row["engagement_tier"], Decimal(row["minimum_score"]))
            for row in tiers
            if row["minimum_score"]
        ],
        capabilities=capabilities_from_rows(seed_rows("platform_capabilities", project)),
        counter_metrics={
            row["native_metric"]: row["interaction_type"]
            for row in seed_rows("counter_metrics", project)
        },
    )
