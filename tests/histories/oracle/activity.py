"""Marts about activity over time: per day, per hour of the week, and content per window."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from oracle.community import is_untimed
from oracle.facts import Facts
from oracle.interactions import (
    Interaction,
    counts_per_type,
    occurrence_times,
    on_posts,
    weighted_score,
)
from oracle.rules import in_window, local_date, ordered, week_of
from oracle.world import DAY, TYPES, ActorKey, Row, World

WINDOWS = (7, 30)
SCORED = ("comment", "like", "share", "save", "profile_visit", "link_click")


def per_day(world: World, interactions: Sequence[Interaction]) -> dict[date, list[Interaction]]:
    """Return the interactions of known time by the workspace's day, first day first."""
    found: dict[date, list[Interaction]] = defaultdict(list)
    for item in interactions:
        if item.occurred_at is not None:
            found[local_date(world.workspace, item.occurred_at)].append(item)
    return dict(sorted(found.items()))


def day_counts(world: World, platform: str, net: Sequence[Interaction]) -> Row:
    """Return the counts of a day; None also where the platform gives no time for a type."""
    counts: Row = {**counts_per_type(world, platform, net)}
    for type_ in TYPES:
        if counts[f"{type_}_count"] == 0 and is_untimed(world, platform, type_):
            counts[f"{type_}_count"] = None
    return counts


def done(world: World, platform: str, net: Sequence[Interaction]) -> Row:
    """Return points and counts of what was done on one platform on one day."""
    return {
        "points": weighted_score(world, net),
        "interaction_count": len(net),
        **day_counts(world, platform, net),
    }


def eligible_actors(facts: Facts) -> set[ActorKey]:
    """Return the accounts that take part in leaderboards."""
    return {
        (follower.platform, follower.actor_id)
        for follower in facts.followers
        if follower.exclusion_reason is None
    }


def actors(interactions: Sequence[Interaction], eligible: set[ActorKey]) -> set[ActorKey]:
    """Return who of the eligible accounts did any of this."""
    return {
        actor
        for item in interactions
        if item.actor_id is not None and (actor := (item.platform, item.actor_id)) in eligible
    }


def daily_activity(world: World, facts: Facts) -> list[Row]:
    """Return one row per platform and day, from its first day to that of `as_of`."""
    eligible = eligible_actors(facts)
    new = Counter(
        (follower.platform, local_date(world.workspace, follower.first_seen))
        for follower in facts.followers
        if follower.first_seen is not None and follower.exclusion_reason is None
    )
    today = local_date(world.workspace, world.as_of)
    rows: list[Row] = []
    for platform in {item.platform for item in facts.net}:
        days = per_day(world, [item for item in facts.net if item.platform == platform])
        nothing = done(world, platform, [])
        day = min(days, default=today + timedelta(days=1))
        while day <= today:
            net = days.get(day, [])
            rows.append(
                {
                    "workspace_id": world.workspace.workspace_id,
                    "platform": platform,
                    **(done(world, platform, net) if net else nothing),
                    "active_follower_count": len(actors(net, eligible)),
                    "new_follower_count": new[platform, day],
                    "is_complete": day < today,
                    "activity_date": day,
                }
            )
            day += timedelta(days=1)
    return ordered(rows, "platform", "activity_date")


def content_daily_activity(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item, platform and day with an interaction."""
    rows: list[Row] = []
    for content in facts.contents:
        for platform in {platform for platform, _ in content.posts}:
            posts = [post for post in content.posts if post[0] == platform]
            for day, net in per_day(world, on_posts(facts.net, posts)).items():
                rows.append(
                    {
                        "content_id": content.content_id,
                        "workspace_id": world.workspace.workspace_id,
                        "platform": platform,
                        **done(world, platform, net),
                        "activity_date": day,
                    }
                )
    return ordered(rows, "content_id", "platform", "activity_date")


def content_engagers(world: World, facts: Facts) -> list[Row]:
    """Return one row per content item and follower with an interaction on one of its posts."""
    rows: list[Row] = []
    eligible = eligible_actors(facts)
    for content in facts.contents:
        for follower in facts.followers:
            net = on_posts(follower.net, content.posts)
            if not net:
                continue
            counts = counts_per_type(world, follower.platform, net)
            rows.append(
                {
                    "content_id": content.content_id,
                    "follower_id": follower.follower_id,
                    "workspace_id": world.workspace.workspace_id,
                    "platform": follower.platform,
                    "points": weighted_score(world, net),
                    "interaction_count": len(net),
                    **{f"{type_}_count": counts[f"{type_}_count"] for type_ in SCORED},
                    "is_eligible": (follower.platform, follower.actor_id) in eligible,
                }
            )
    return ordered(rows, "content_id", "follower_id")


def follower_daily_activity(world: World, facts: Facts) -> list[Row]:
    """Return one row per account and day with an interaction."""
    rows: list[Row] = []
    for follower in facts.followers:
        score = Decimal(0)
        for day, net in per_day(world, follower.net).items():
            score += weighted_score(world, net)
            rows.append(
                {
                    "follower_id": follower.follower_id,
                    "workspace_id": world.workspace.workspace_id,
                    "platform": follower.platform,
                    **done(world, follower.platform, net),
                    "running_engagement_score": score,
                    "activity_date": day,
                }
            )
    return ordered(rows, "follower_id", "activity_date")


def top_content(world: World, facts: Facts) -> list[Row]:
    """Return one row per window and content item with an interaction in it or before it."""
    rows: list[Row] = []
    for days in WINDOWS:
        start, before = world.as_of - days * DAY, world.as_of - 2 * days * DAY
        shown: list[Row] = []
        for content in facts.contents:
            net = on_posts(facts.net, content.posts)
            now = [item for item in net if in_window(item.occurred_at, start, world.as_of)]
            earlier = [item for item in net if in_window(item.occurred_at, before, start)]
            if not now and not earlier:
                continue
            points, points_before = weighted_score(world, now), weighted_score(world, earlier)
            shown.append(
                {
                    "content_id": content.content_id,
                    "workspace_id": world.workspace.workspace_id,
                    "title": content.title,
                    "window_days": days,
                    "points": points,
                    "points_before": points_before,
                    "points_change": points - points_before,
                    "interaction_count": len(now),
                }
            )
        shown = ordered(shown, "content_id")
        # stable: of equals the smaller id stays first
        shown.sort(key=lambda row: (row["points"], row["interaction_count"]), reverse=True)
        rows += [{**row, "rank": place} for place, row in enumerate(shown, start=1)]
    return rows


def activity_heatmap(world: World, facts: Facts) -> list[Row]:
    """Return one row per platform, weekday and hour of the day."""
    zone = ZoneInfo(world.workspace.time_zone)
    eligible = eligible_actors(facts)
    rows: list[Row] = []
    for platform in {item.platform for item in facts.net}:
        hours: dict[tuple[int, int], list[Interaction]] = defaultdict(list)
        net = [item for item in facts.net if item.platform == platform]
        for item in net:
            if item.occurred_at is not None:
                local = item.occurred_at.astimezone(zone)
                hours[local.isoweekday(), local.hour].append(item)
        weeks = [week_of(world.workspace, at) for at in occurrence_times(net)]
        week_count = (max(weeks) - min(weeks)).days // 7 + 1 if weeks else None
        for weekday in range(1, 8):
            for hour in range(24):
                items = hours[weekday, hour]
                row: Row = {
                    "workspace_id": world.workspace.workspace_id,
                    "platform": platform,
                    "activity_weekday": weekday,
                    "activity_hour": hour,
                    "week_count": week_count,
                    "interaction_count": None,
                    "active_count": None,
                    "average_interaction_count": None,
                }
                if week_count is not None:
                    average = Decimal(len(items)) / week_count
                    row |= {
                        "interaction_count": len(items),
                        "active_count": len(actors(items, eligible)),
                        "average_interaction_count": average.quantize(
                            Decimal("0.000001"), ROUND_HALF_UP
                        ),
                    }
                rows.append(row)
    return ordered(rows, "platform", "activity_weekday", "activity_hour")


ACTIVITY_MARTS = {
    "daily_activity": daily_activity,
    "content_daily_activity": content_daily_activity,
    "content_engagers": content_engagers,
    "follower_daily_activity": follower_daily_activity,
    "top_content": top_content,
    "activity_heatmap": activity_heatmap,
}
