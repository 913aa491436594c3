"""Landing histories in a database, and reading its marts as the oracle words them."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
from histories import History, Load
from oracle import (
    WEEKDAYS,
    Decision,
    Delivery,
    Row,
    Seeds,
    World,
    capabilities_from_rows,
    find_facts,
    known_deliveries,
    marts,
    version_order,
)
from oracle_community import daily_highlights
from oracle_issues import issue_engagements, top_engaged_issues, user_issue_stats
from oracle_participants import Label, participant_marts, reason_of, some_flags, some_labels
from psycopg import sql
from psycopg.rows import dict_row

from loaders.documents import Document
from loaders.formats import Context
from loaders.landing import Source, land
from loaders.recognition import recognise

ROOT = Path(__file__).resolve().parents[2]
Marts = dict[str, dict[str, list[Row]]]  # mart, workspace, rows

RATES = {"retention_rate", "coverage_rate"}
KEYS = {
    "followers": ["id"],
    "follower_engagement_scores": ["follower_id"],
    "follower_interactions": ["interaction_id"],
    "follower_activity_timeline": ["interaction_id"],
    "top_engaged_followers": ["rank"],
    "content_items": ["id"],
    "content_posts": ["post_id"],
    "content_tags": ["content_id", "tag_type", "tag_value"],
    "content_platform_rollup": ["content_id", "platform"],
    "content_cross_platform_summary": ["content_id"],
    "content_coverage": ["post_id", "interaction_type"],
    "follower_cohorts": ["cohort_week", "platform"],
    "follower_retention": ["cohort_week", "platform", "week_number"],
    "participant_profiles": ["id"],
    "participant_context": ["id"],
    "interaction_history": ["interaction_id"],
    "participant_profile_history": ["participant_id", "version_no"],
    "issue_engagements": ["follower_id", "issue_id"],
    "top_engaged_issues": ["follower_id", "issue_id"],
    "user_issue_stats": ["follower_id"],
    "daily_highlights": ["platform", "community_id", "activity_date"],
}
# marts that are empty where nobody decides or labels
SELDOM = {
    "participant_decisions": ["reason"],
    "sentiment_labels": ["interaction_id", "labeler", "labeler_version"],
}
MORE_MARTS = {
    "issue_engagements": issue_engagements,
    "top_engaged_issues": top_engaged_issues,
    "user_issue_stats": user_issue_stats,
    "daily_highlights": daily_highlights,
}


def seed_rows(name: str, project: Path = ROOT) -> list[dict[str, str]]:
    """The rows of one of the project's seeds."""
    with (project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def project_seeds(project: Path = ROOT) -> Seeds:
    """The project's own configuration, as the oracle takes it."""
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


@dataclass
class Landed:
    """What of one history has really landed so far, as the oracle takes it."""

    history: History
    deliveries: list[Delivery] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def world(self, seeds: Seeds, as_of: datetime | None = None) -> World:
        """Everything the marts should be a function of by now."""
        return World(
            workspace=self.history.workspace,
            deliveries=self.deliveries,
            seeds=seeds,
            as_of=as_of or self.history.as_of,
            decisions=decisions_of(self.history),
        )


def expected_marts(world: World, labels: Sequence[Label]) -> dict[str, list[Row]]:
    """Mart name -> its rows, as all oracles have them."""
    facts = find_facts(world)
    more = {name: mart(world, facts) for name, mart in MORE_MARTS.items()}
    return marts(world) | participant_marts(world, labels) | more


def differences(
    found: Marts, landed: Sequence[Landed], seeds: Seeds, as_of: datetime | None = None
) -> list[str]:
    """One line per cell in which the marts and the oracle disagree.

    `as_of`: an instant other than the histories' own.
    """
    lines = []
    for item in landed:
        workspace = item.history.workspace.workspace_id
        for mart, expected in expected_marts(item.world(seeds, as_of), item.labels).items():
            keys = KEYS.get(mart) or SELDOM[mart]
            lines += _compared(f"{workspace} {mart}", keys, found[mart][workspace], expected)
    return lines


def _compared(
    name: str, keys: list[str], found: Sequence[Row], expected: Sequence[Row]
) -> list[str]:
    def by_key(rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
        return {tuple(str(row[key]) for key in keys): row for row in rows}

    ours, theirs = by_key(found), by_key(expected)
    lines = []
    if len(ours) != len(found):
        lines.append(f"{name}: {len(found)} rows but {len(ours)} keys")
    lines += [f"{name} {key}: missing" for key in sorted(theirs.keys() - ours.keys())]
    lines += [f"{name} {key}: unexpected" for key in sorted(ours.keys() - theirs.keys())]
    for key in sorted(ours.keys() & theirs.keys()):
        for column, value in theirs[key].items():
            if not _same(column, ours[key][column], value):
                lines.append(
                    f"{name} {key} {column}: {ours[key][column]!r}, the oracle says {value!r}"
                )
    return lines


def _same(column: str, found: object, expected: object) -> bool:
    if column.endswith("_points") and isinstance(found, Decimal):
        return isinstance(expected, Decimal) and abs(found - expected) <= Decimal("1e-9")
    if isinstance(found, Decimal) and isinstance(expected, Decimal) and column in RATES:
        return abs(found - expected) <= Decimal("0.000001")
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9)
    return found == expected
