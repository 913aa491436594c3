"""Mart of communities (section 4 of the specification), computed again without a database.

Shape:  a `World` and its `Facts` in -> rows of daily_highlights.
Units:  days and hours of the workspace's zone; counts int; minutes and medians Decimal.
Errors: none of its own.
"""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from oracle.accounts import HIDDEN, Follower, shown_name
from oracle.coverage import reported_of_what_was_said
from oracle.descriptions import newest_known
from oracle.facts import Facts
from oracle.interactions import VERSIONED_FIELDS, Interaction, known_deliveries
from oracle.rules import key, local_date, ordered, shown_count
from oracle.world import Delivery, Row, World

PLATFORMS = ("discord", "telegram")
PRIVATE = {"DirectTextChat", "DirectGroupTextChat", "personal_chat", "bot_chat", "private"}
TYPES = ("message", "reaction", "voice_join")
LEAVE_WORDS = ("VOICE_LEFT", "voice_left", "voice_leave")
WEEKS = 8

Community = tuple[str, str]  # platform, id


@dataclass(frozen=True)
class Channel:
    """A channel that belongs to a community."""

    post_id: UUID
    community: Community
    community_name: str | None
    name: str | None


def versioned(item: Interaction, field: str) -> Any:
    """Return one of the fields that an edit can change."""
    return item.versioned[VERSIONED_FIELDS.index(field)]


def find_channels(world: World, items: Iterable[Interaction]) -> dict[tuple[str, str], Channel]:
    """Return every place of these interactions that is not a private one, and its community."""
    described: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in known_deliveries(world, "post"):
        place = (delivery.record["platform"], delivery.record["post_id"])
        described.setdefault(place, []).append(delivery)
    channels = {}
    for item in items:
        assert item.post_id is not None
        place = (item.platform, item.post_id)
        records = described.get(place, [])
        if newest_known(records, "type") in PRIVATE:
            continue
        title = newest_known(records, "title")
        channels[place] = Channel(
            post_id=key(world.workspace.workspace_id, *place),
            community=(item.platform, newest_known(records, "community_id") or item.post_id),
            community_name=newest_known(records, "community_name") or title,
            name=title,
        )
    return channels


def order(world: World, item: Interaction) -> tuple[datetime, datetime, UUID]:
    """Return how ties are broken, of interactions whose time is known."""
    assert item.occurred_at is not None
    identity = key(world.workspace.workspace_id, item.platform, item.native_id)
    return (item.occurred_at, item.received_at, identity)


def find_minutes(
    world: World, facts: Facts, channels: Mapping[tuple[str, str], Channel]
) -> dict[tuple[Community, date], Decimal]:
    """Community and day -> minutes of its sessions that ended."""
    events: dict[tuple[str, str, str], list[Interaction]] = {}
    for item in facts.net:
        is_leave = item.type is None and versioned(item, "type") in LEAVE_WORDS
        if not is_leave and item.type != "voice_join":
            continue
        if item.platform in PLATFORMS and item.post_id and item.actor_id and item.occurred_at:
            member = (item.platform, item.post_id, item.actor_id)
            events.setdefault(member, []).append(item)
    seconds: dict[tuple[Community, date], Decimal] = {}
    for (platform, post_id, _), of_member in events.items():
        of_member.sort(key=lambda item: order(world, item))
        for item, following in itertools.pairwise(of_member):
            if item.type != "voice_join" or following.type == "voice_join":
                continue
            if (platform, post_id) not in channels:
                continue
            assert item.occurred_at and following.occurred_at
            place = channels[platform, post_id].community
            day = (place, local_date(world.workspace, item.occurred_at))
            microseconds = (following.occurred_at - item.occurred_at) // timedelta(
                microseconds=1
            )
            seconds[day] = seconds.get(day, Decimal(0)) + Decimal(microseconds) / 1_000_000
    return {
        day: (total / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
        for day, total in seconds.items()
    }


@dataclass(frozen=True)
class Reactions:
    """Reactions to messages, by platform and native id: that name people, and as counted."""

    named: Counter[tuple[str, str]]
    reported: Mapping[tuple[str, str], int]

    def best(self, item: Interaction) -> int:
        """Return the larger of both."""
        place = (item.platform, item.native_id)
        return max(self.named[place], self.reported.get(place, 0))


def find_reactions(facts: Facts) -> Reactions:
    """Return what is known of the reactions to every message."""
    return Reactions(
        Counter(
            (item.platform, versioned(item, "parent_id"))
            for item in facts.net
            if item.type == "reaction" and versioned(item, "parent_id") is not None
        ),
        {
            (platform, native_id): counted.count
            for (platform, native_id, type_), counted in reported_of_what_was_said(
                facts
            ).items()
            if type_ == "reaction" and counted.count > 0
        },
    )


def top_members(
    world: World, items: Iterable[Interaction], followers: Mapping[tuple[str, str], Follower]
) -> list[dict[str, object]]:
    """Return the three most active who take part in leaderboards."""
    counts = Counter((item.platform, item.actor_id) for item in items if item.actor_id)
    eligible = [
        (followers[platform, str(actor)], count)
        for (platform, actor), count in counts.items()
        if followers[platform, str(actor)].exclusion_reason is None
    ]
    eligible.sort(key=lambda pair: (-pair[1], pair[0].follower_id))
    return [
        {
            "follower_id": str(one.follower_id),
            "username": shown_name(one),
            "interaction_count": count,
        }
        for one, count in eligible[:3]
    ]


def is_untimed(world: World, platform: str, metric: str) -> bool:
    """Return whether a platform tells these without a time, so that no day's count is known."""
    return any(
        capability.support == "untimed"
        for capability in world.seeds.capabilities
        if (capability.platform, capability.metric) == (platform, metric)
    )


def top_channels(items: Iterable[Interaction], channels: Any) -> list[dict[str, object]]:
    """Return the three most active."""
    counts = Counter(channels[item.platform, item.post_id] for item in items)
    first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].post_id))
    return [
        {
            "post_id": str(channel.post_id),
            "channel_name": channel.name,
            "interaction_count": count,
        }
        for channel, count in first[:3]
    ]


def top_messages(
    world: World,
    items: Iterable[Interaction],
    reactions: Reactions,
    channels: Any,
    followers: Mapping[tuple[str, str], Follower],
) -> list[dict[str, object]]:
    """Return the three messages with most reactions, named or counted."""
    hidden = {
        (one.platform, one.actor_id)
        for one in followers.values()
        if one.exclusion_reason in HIDDEN
    }
    messages = [
        (reactions.best(item), item)
        for item in items
        if item.type == "message"
        and reactions.best(item) > 0
        and (item.platform, item.actor_id) not in hidden
    ]
    messages.sort(key=lambda pair: (-pair[0], order(world, pair[1])))
    found: list[dict[str, object]] = []
    for _, item in messages[:3]:
        author = followers.get((item.platform, item.actor_id or ""))
        found.append(
            {
                "interaction_id": str(order(world, item)[2]),
                "username": shown_name(author) if author else None,
                "channel_name": channels[item.platform, item.post_id].name,
                "text": None if item.text is None else item.text[:200],
                "reaction_count": reactions.named[item.platform, item.native_id],
                "reported_reaction_count": reactions.reported.get(
                    (item.platform, item.native_id)
                ),
            }
        )
    return found


def message_reactions(reactions: Reactions, net: Iterable[Interaction]) -> Row:
    """Reactions to some messages: that name people, as counted, and the larger of each."""
    messages = [item for item in net if item.type == "message"]
    places = [(item.platform, item.native_id) for item in messages]
    counted = [reactions.reported[place] for place in places if place in reactions.reported]
    return {
        "message_reaction_count": sum(reactions.named[place] for place in places),
        "reported_message_reaction_count": sum(counted) if counted else None,
        "best_message_reaction_count": sum(map(reactions.best, messages)),
    }


def daily_highlights(world: World, facts: Facts) -> list[Row]:
    """Return one row per community and day with gross activity."""
    followers = {(one.platform, one.actor_id): one for one in facts.followers}
    gross = [
        item
        for item in facts.gross
        if item.platform in PLATFORMS and item.type in TYPES and item.post_id is not None
    ]
    channels: Any = find_channels(world, gross)
    reactions = find_reactions(facts)
    minutes = find_minutes(world, facts, channels)
    days: dict[tuple[Community, date], list[Interaction]] = {}
    for item in gross:
        if item.occurred_at is not None and (item.platform, item.post_id) in channels:
            community = channels[item.platform, item.post_id].community
            day = local_date(world.workspace, item.occurred_at)
            days.setdefault((community, day), []).append(item)
    totals = {
        place: sum(1 for item in items if not item.is_retracted)
        for place, items in days.items()
    }
    seen: dict[Community, set[str]] = {}
    rows: list[Row] = []
    for (community, day), items in sorted(days.items()):
        net = [item for item in items if not item.is_retracted]
        members = {
            item.actor_id
            for item in net
            if item.actor_id is not None
            and not followers[community[0], item.actor_id].is_placeholder
        }
        known = seen.setdefault(community, set())
        first_timers = members - known
        known |= members
        active_days = [
            when for (where, when), total in totals.items() if where == community and total
        ]
        baseline = [
            totals.get((community, day - timedelta(weeks=week)), 0)
            for week in range(1, WEEKS + 1)
            if active_days and day - timedelta(weeks=week) >= min(active_days)
        ]
        median = Decimal(statistics.median(baseline)) if baseline else None
        change = None if median is None else len(net) - median
        zone = ZoneInfo(world.workspace.time_zone)
        hours = Counter(
            item.occurred_at.astimezone(zone).hour for item in net if item.occurred_at
        )
        names = [channels[item.platform, item.post_id].community_name or "" for item in items]
        platform, community_id = community
        counts: dict[str, object] = {}
        for type_ in TYPES:
            for prefix, counted in (("", net), ("gross_", items)):
                count = sum(1 for item in counted if item.type == type_)
                shown = shown_count(world, platform, type_, count)
                if shown == 0 and is_untimed(world, platform, type_):
                    shown = None
                counts[f"{prefix}{type_}_count"] = shown
        rows.append(
            {
                "workspace_id": world.workspace.workspace_id,
                "platform": platform,
                "community_id": community_id,
                "community_name": max(names, key=str.encode) or None,
                "top_members": top_members(world, net, followers),
                "top_channels": top_channels(net, channels),
                "top_messages": top_messages(world, net, reactions, channels, followers),
                "interaction_count": len(net),
                "gross_interaction_count": len(items),
                **counts,
                **message_reactions(reactions, net),
                "active_member_count": len(members),
                "first_timer_count": len(first_timers),
                "peak_hour": min(hours, key=lambda hour: (-hours[hour], hour), default=None),
                "baseline_interaction_count": median,
                "change_from_baseline": change,
                "change_rate": (
                    (change / median).quantize(Decimal("0.0001"), ROUND_HALF_UP)
                    if median and change is not None
                    else None
                ),
                "voice_minutes": minutes.get((community, day)),
                "activity_date": day,
            }
        )
    return ordered(rows, "platform", "community_id", "activity_date")
