"""Marts about followers: scores, interactions, leaderboards, cohorts and retention."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle.accounts import Follower, shown_name
from oracle.facts import Facts
from oracle.interactions import (
    counts_per_type,
    described,
    occurrence_times,
    post_of,
    said,
    weighted_score,
)
from oracle.rules import in_window, key, ordered, week_end, week_of
from oracle.world import DAY, MONTH, Row, World


def followers(world: World, facts: Facts) -> list[Row]:
    """Return one row per account."""
    rows: list[Row] = []
    for follower in facts.followers:
        rows.append(
            {
                "id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "platform_user_id": follower.actor_id,
                **follower.profile,
                "first_seen": follower.first_seen,
                "last_seen": follower.last_seen,
                "first_landed_at": follower.first_landed_at,
                "is_eligible": follower.exclusion_reason is None,
                "exclusion_reason": follower.exclusion_reason,
            }
        )
    return ordered(rows, "id")


def windowed_score(world: World, follower: Follower, days: int) -> Decimal:
    """Return the score of what was done in (as of - days of 24 hours, as of]."""
    start = world.as_of - days * DAY
    recent = [item for item in follower.net if in_window(item.occurred_at, start, world.as_of)]
    return weighted_score(world, recent)


def decayed_score(world: World, follower: Follower) -> float:
    """Return the score in which every interaction loses half its weight each half-life."""
    score = 0.0
    for item in follower.net:
        if item.occurred_at is not None and item.type is not None:
            age = (world.as_of - item.occurred_at) / world.seeds.half_life
            score += float(world.seeds.weights.get(item.type, Decimal(0))) * 0.5**age
    return score


def is_active(follower: Follower, start: datetime, end: datetime) -> bool:
    """Return whether anything net was done in (start, end]."""
    return any(in_window(item.occurred_at, start, end) for item in follower.net)


def activity_state(world: World, follower: Follower) -> str:
    """Return what the last 30 days (a) and the 30 before (b) say."""
    start_a, start_b = world.as_of - MONTH, world.as_of - 2 * MONTH
    in_a = is_active(follower, start_a, world.as_of)
    in_b = is_active(follower, start_b, start_a)
    if in_window(follower.first_seen, start_a, world.as_of):
        return "new"
    if in_a and in_b:
        return "returning"
    if in_a:
        return "resurrected"
    if in_b:
        return "at_risk"
    return "dormant"


def follower_engagement_scores(world: World, facts: Facts) -> list[Row]:
    """Return one row per account with its counts and scores."""
    rows: list[Row] = []
    for follower in facts.followers:
        rows.append(
            {
                "follower_id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "platform": follower.platform,
                "engagement_score": follower.score,
                "decayed_score": decayed_score(world, follower),
                "engagement_tier": follower.tier,
                "interaction_count": len(follower.net),
                "gross_interaction_count": follower.gross_interaction_count,
                **counts_per_type(world, follower.platform, follower.net),
                "score_7d": windowed_score(world, follower, 7),
                "score_30d": windowed_score(world, follower, 30),
                "score_90d": windowed_score(world, follower, 90),
                "activity_state": activity_state(world, follower),
                "username": shown_name(follower),
                "first_seen": follower.first_seen,
                "last_seen": follower.last_seen,
                "first_landed_at": follower.first_landed_at,
                "is_eligible": follower.exclusion_reason is None,
                "exclusion_reason": follower.exclusion_reason,
            }
        )
    return ordered(rows, "follower_id")


def follower_interactions(world: World, facts: Facts) -> list[Row]:
    """Return one row per net interaction of a known account."""
    rows: list[Row] = []
    for follower in facts.followers:
        for interaction in follower.net:
            post = post_of(interaction)
            rows.append(
                {
                    "interaction_id": key(
                        world.workspace.workspace_id,
                        interaction.platform,
                        interaction.native_id,
                    ),
                    "workspace_id": world.workspace.workspace_id,
                    "follower_id": follower.follower_id,
                    "content_id": facts.content_of_post.get(post) if post else None,
                    "platform": interaction.platform,
                    "interaction_type": interaction.type,
                    "interaction_value": interaction.text
                    if interaction.type == "comment"
                    else None,
                    "native_sentiment": said(interaction, "sentiment"),
                    **described(world, interaction),
                    "occurred_at": interaction.occurred_at,
                }
            )
    return ordered(rows, "interaction_id")


TIMELINE = (
    *("interaction_id", "follower_id", "content_id", "post_id", "workspace_id", "platform"),
    *("interaction_type", "interaction_value", "occurred_at", "received_at"),
)


def follower_activity_timeline(world: World, facts: Facts) -> list[Row]:
    """Return some columns of the same rows, with the name under which the account goes."""
    usernames = {follower.follower_id: shown_name(follower) for follower in facts.followers}
    rows: list[Row] = []
    for row in follower_interactions(world, facts):
        follower_id = row["follower_id"]
        assert isinstance(follower_id, uuid.UUID)
        shown = {column: value for column, value in row.items() if column in TIMELINE}
        rows.append({**shown, "username": usernames[follower_id]})
    return rows


def top_engaged_followers(world: World, facts: Facts) -> list[Row]:
    """Return one row per eligible account that did something, best first."""
    eligible = [
        follower
        for follower in facts.followers
        if follower.exclusion_reason is None and follower.net
    ]
    eligible.sort(key=lambda item: (-item.score, -len(item.net), item.follower_id))
    rows: list[Row] = []
    for rank, follower in enumerate(eligible, start=1):
        counts = counts_per_type(world, follower.platform, follower.net)
        rows.append(
            {
                "rank": rank,
                "follower_id": follower.follower_id,
                "workspace_id": world.workspace.workspace_id,
                "username": shown_name(follower),
                "platform": follower.platform,
                "engagement_score": follower.score,
                "engagement_tier": follower.tier,
                "comment_count": counts["comment_count"],
                "interaction_count": len(follower.net),
                "activity_state": activity_state(world, follower),
                "last_seen": follower.last_seen,
            }
        )
    return rows


def cohorts(world: World, facts: Facts) -> dict[tuple[date, str], list[Follower]]:
    """Return the eligible accounts by week of the first interaction and platform."""
    members: dict[tuple[date, str], list[Follower]] = {}
    for follower in facts.followers:
        if follower.first_seen is not None and follower.exclusion_reason is None:
            cohort = (week_of(world.workspace, follower.first_seen), follower.platform)
            members.setdefault(cohort, []).append(follower)
    return members


def follower_cohorts(world: World, facts: Facts) -> list[Row]:
    """Return one row per cohort week and platform."""
    rows: list[Row] = []
    for (cohort_week, platform), members in cohorts(world, facts).items():
        active = [item for item in members if is_active(item, world.as_of - MONTH, world.as_of)]
        rows.append(
            {
                "workspace_id": world.workspace.workspace_id,
                "cohort_week": cohort_week,
                "platform": platform,
                "follower_count": len(members),
                "active_30d": len(active),
                "super_fans": sum(1 for item in members if item.tier == "super_fan"),
            }
        )
    return ordered(rows, "cohort_week", "platform")


def follower_retention(world: World, facts: Facts) -> list[Row]:
    """Return one row per cohort week, platform and week since, up to the current week."""
    current_week = week_of(world.workspace, world.as_of)
    rows: list[Row] = []
    for (cohort_week, platform), members in sorted(
        cohorts(world, facts).items(), key=lambda cohort: cohort[0]
    ):
        active_weeks = []  # per member: the weeks in which it did something
        for follower in members:
            times = occurrence_times(follower.net)
            active_weeks.append(
                {week_of(world.workspace, at) for at in times if at <= world.as_of}
            )
        week_number = 0
        week = cohort_week
        while week <= current_week:
            active_count = sum(1 for weeks in active_weeks if week in weeks)
            later_count = sum(
                1 for weeks in active_weeks if any(later >= week for later in weeks)
            )
            rows.append(
                {
                    "workspace_id": world.workspace.workspace_id,
                    "cohort_week": cohort_week,
                    "platform": platform,
                    "week_number": week_number,
                    "cohort_size": len(members),
                    "active_count": active_count,
                    "active_later_count": later_count,
                    "retention_rate": Decimal(active_count) / Decimal(len(members)),
                    "is_complete": week_end(world.workspace, week) <= world.as_of,
                }
            )
            week_number += 1
            week = cohort_week + timedelta(weeks=week_number)
    return rows
