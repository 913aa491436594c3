"""Comparison of the marts with the oracle, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import oracle
import psycopg
from landed_history import Landed
from mart_reader import KEYS, SELDOM, Marts
from oracle import Row, Seeds, World, find_facts, marts
from oracle.activity import ACTIVITY_MARTS
from oracle.alerts import engagement_alerts
from oracle.community import daily_highlights
from oracle.issues import issue_engagements, top_engaged_issues, user_issue_stats
from oracle.labels import Label
from oracle.participant_marts import participant_marts
from oracle.product import product_marts

RATES = {"best_percentile", "retention_rate", "coverage_rate", "engagement_rate"}
_OF_SOME_ALERTS = ("value_before", "value_now", "since")  # compared where an alert has them
# what the oracle does not say: by our own clock, the same in all histories, a sentence or
# straight from a seed
UNSAID = {
    "engagement_alerts": set(_OF_SOME_ALERTS),
    "follower_interactions": {"key_quality", "time_precision"},
    "participant_decisions": {"decision_id", "decided_at", "decided_by", "notes"},
    "participant_profiles": {"created_at", "updated_at", "flagged_at", "metadata"},
    "sentiment_labels": {"labelled_at", "language", "sentiment_score"},
    "user_interaction": {"key_quality"},
}
MORE_MARTS = {
    **ACTIVITY_MARTS,
    "issue_engagements": issue_engagements,
    "top_engaged_issues": top_engaged_issues,
    "user_issue_stats": user_issue_stats,
    "daily_highlights": daily_highlights,
}


def expected_marts(world: World, labels: Sequence[Label]) -> dict[str, list[Row]]:
    """Return the rows that the oracle expects of every mart, by name."""
    facts = find_facts(world)
    more = {name: mart(world, facts) for name, mart in MORE_MARTS.items()}
    alerts = {"engagement_alerts": engagement_alerts(world, facts, labels)}
    return (
        marts(world)
        | participant_marts(world, labels)
        | product_marts(world, facts)
        | more
        | alerts
    )


def differences(
    found: Marts,
    landed: Sequence[Landed],
    seeds: Seeds,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> list[str]:
    """Return one line per cell in which the marts and the oracle disagree.

    `as_of`: an instant other than the histories' own. `known_at`: by when it was received.
    """
    lines = []
    for item in landed:
        workspace = item.history.workspace.workspace_id
        world = item.world(seeds, as_of, known_at)
        for mart, expected in expected_marts(world, item.labels).items():
            keys = KEYS.get(mart) or SELDOM[mart]
            ours = found[mart][workspace]
            lines += compared(f"{workspace} {mart}", keys, ours, expected)
            if ours and expected:
                unsaid = ours[0].keys() - UNSAID.get(mart, set()) - set().union(*expected)
                lines += [f"{mart}: nobody compares {column}" for column in sorted(unsaid)]
    return lines


def conflict_differences(
    session: psycopg.Connection, landed: Sequence[Landed], seeds: Seeds
) -> list[str]:
    """Return a line if the mart of contradictions holds others than the oracle finds."""
    fields = {
        "actor_id": "is_follower_different",
        "post_id": "is_post_different",
        "occurred_at": "is_time_different",
    }
    expected = {
        (*conflict.order[1:], fields[conflict.field])
        for item in landed
        for conflict in oracle.conflicts(item.world(seeds))
    }
    found = {
        (load_id, line_no, name)
        for load_id, line_no, *flags in session.execute(
            "select load_id, line_no, is_follower_different, is_post_different,"
            " is_time_different from marts.conflicting_deliveries"
        )
        for name, flag in zip(fields.values(), flags, strict=True)
        if flag
    }
    return [f"conflicts: {found ^ expected}"] if found != expected else []


def compared(
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
            if not is_same(column, ours[key][column], value):
                lines.append(
                    f"{name} {key} {column}: {ours[key][column]!r}, the oracle says {value!r}"
                )
    return lines


def is_same(column: str, found: object, expected: object) -> bool:
    if column.endswith("_points") and isinstance(found, Decimal):
        return isinstance(expected, Decimal) and abs(found - expected) <= Decimal("1e-9")
    if isinstance(found, Decimal) and isinstance(expected, Decimal) and column in RATES:
        return abs(found - expected) <= Decimal("0.000001")
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9)
    return found == expected
