"""Mart of alerts, computed again without a database.

Source: what the seed of thresholds says, spelled out here; no SQL is shared.
Shape:  a `World` of the oracle, its facts and the labels that were landed in -> rows.
Units:  days fractional; scores Decimal; instants aware, UTC.
Errors: none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from oracle.accounts import HIDDEN, Follower, shown_name
from oracle.facts import Facts, find_facts
from oracle.interactions import weighted_score
from oracle.labels import Label, window_labels
from oracle.participants import days_since, participant_profiles
from oracle.rules import in_window, ordered
from oracle.world import DAY, MONTH, Row, World

QUIET_DAYS = 14
FEWEST_LABELS = 3
LEAST_DROP = Decimal(20)
SAID_OF = {  # severity and threshold of each kind, as the seed has them
    "score_dropped": ("warning", Decimal("0.5")),
    "vip_quiet": ("warning", Decimal(QUIET_DAYS)),
    "negative_trend": ("warning", Decimal(FEWEST_LABELS)),
    "review_flag_open": ("notice", Decimal(0)),
    "super_fan_gained": ("notice", Decimal(1)),
    "super_fan_lost": ("warning", Decimal(1)),
}
VIP_WORDS = {
    "vip_status": "declared",
    "interaction_count": "many interactions",
    "follower_count": "many followers",
    "is_verified": "verified",
}


def engagement_alerts(world: World, facts: Facts, labels: Sequence[Label]) -> list[Row]:
    """Return one row per alert."""
    profiles = {row["id"]: row for row in participant_profiles(world, facts, labels)}
    yesterday = find_facts(replace(world, as_of=world.as_of - DAY)).followers
    before = {follower.follower_id: follower.score for follower in yesterday}
    rows: list[Row] = []
    for follower in facts.followers:
        profile = profiles[follower.follower_id]
        found = [
            *dropped(world, follower),
            *quiet(world, follower, profile),
            *negative(world, follower, profile, labels),
            *super_fan(follower, before.get(follower.follower_id, Decimal(0))),
        ]
        if follower.exclusion_reason is not None:
            found = []
        if profile["flagged_for_review"] and follower.exclusion_reason not in HIDDEN:
            evidence = f"Flagged for review: {profile['flag_reason']}."
            found.append({"alert_kind": "review_flag_open", "evidence": evidence})
        rows += [
            {
                "follower_id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "username": shown_name(follower),
                "severity": severity,
                "threshold": threshold,
                **alert,
            }
            for alert in found
            for severity, threshold in [SAID_OF[str(alert["alert_kind"])]]
        ]
    return ordered(rows, "follower_id", "alert_kind")


def dropped(world: World, follower: Follower) -> list[Row]:
    """Half of the score of thirty days is gone, and 20 points."""
    middle, start = world.as_of - MONTH, world.as_of - 2 * MONTH
    now, then = (
        weighted_score(
            world, [item for item in follower.net if in_window(item.occurred_at, since, until)]
        )
        for since, until in ((middle, world.as_of), (start, middle))
    )
    if then - now < LEAST_DROP or 2 * (then - now) < then:
        return []
    return [
        {
            "alert_kind": "score_dropped",
            "evidence": f"The score of 30 days fell from {then} to {now}.",
            "value_before": then,
            "value_now": now,
            "since": middle,
        }
    ]


def quiet(world: World, follower: Follower, profile: Row) -> list[Row]:
    """Return an alert if a VIP has done nothing for two weeks."""
    idle = days_since(world, follower.last_seen)
    if not profile["is_vip"] or idle is None or idle < QUIET_DAYS:
        return []
    return [
        {
            "alert_kind": "vip_quiet",
            "evidence": f"A VIP ({VIP_WORDS[str(profile['vip_reason'])]}) has done nothing for "
            f"{int(idle)} days.",
            "value_now": Decimal(int(idle)),
            "since": follower.last_seen,
        }
    ]


def negative(
    world: World, follower: Follower, profile: Row, labels: Sequence[Label]
) -> list[Row]:
    """Enough labels, and most of them negative."""
    found = window_labels(world, follower, labels)
    if profile["sentiment_trend"] != "negative" or len(found) < FEWEST_LABELS:
        return []
    count = found.count("negative")
    return [
        {
            "alert_kind": "negative_trend",
            "evidence": f"{count} of the last {len(found)} labelled interactions are negative.",
            "value_before": None,
            "value_now": Decimal(count),
        }
    ]


def super_fan(follower: Follower, before: Decimal) -> list[Row]:
    """Return an alert if the score crossed 500 within the last day."""
    was, is_now = before >= 500, follower.score >= 500
    if was == is_now:
        return []
    kind = "super_fan_gained" if is_now else "super_fan_lost"
    words = "Became a super fan" if is_now else "Is no super fan any more"
    return [
        {
            "alert_kind": kind,
            "evidence": f"{words}: the score went from {before} to {follower.score}.",
            "value_before": before,
            "value_now": follower.score,
        }
    ]
