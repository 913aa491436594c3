"""Posts and content items of the oracle, with the counters that platforms report of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oracle.descriptions import is_proven_by, newest_known, proven_at
from oracle.interactions import known_deliveries
from oracle.rules import instant, key, mapped_type
from oracle.world import Delivery, PostKey, World


@dataclass(frozen=True)
class Post:
    """A post of a content item or of a post record."""

    platform: str
    external_post_id: str
    title: str | None
    url: str | None
    posted_at: datetime | None
    author_id: str | None
    native_type: str | None
    community_id: str | None
    community_name: str | None
    is_removed: bool

    @property
    def is_what_was_said(self) -> bool:
        """Return whether it is a message or a comment, a post only to carry its counters."""
        return self.native_type in ("message", "comment")


@dataclass(frozen=True)
class Content:
    """The newest record of a content item, and the posts that are its own."""

    content_id: uuid.UUID
    external_content_id: str
    title: str | None
    slug: str | None
    tags: tuple[tuple[str, str], ...]
    posts: tuple[PostKey, ...]


@dataclass(frozen=True)
class Counted:
    """A platform's own count, and when it was read off."""

    count: int
    observed_at: datetime | None


def newest_contents(world: World) -> list[Delivery]:
    """Return the newest record of every content item, the oldest of them first.

    A record is as new as its document; of documents that prove the same the last received
    counts.
    """

    def newness(delivery: Delivery) -> tuple[object, ...]:
        return (delivery.documented_at or delivery.received_at, delivery.receipt)

    newest: dict[str, Delivery] = {}
    for delivery in sorted(known_deliveries(world, "content"), key=newness):
        newest[delivery.record["content_id"]] = delivery
    return sorted(newest.values(), key=newness)


def find_contents(world: World) -> list[Content]:
    """Return all content items; a post named by several belongs to the one described newest."""
    deliveries = newest_contents(world)
    owner: dict[PostKey, str] = {}
    for delivery in deliveries:
        for post in delivery.record.get("posts") or []:
            owner[post["platform"], post["post_id"]] = delivery.record["content_id"]
    contents = []
    for delivery in deliveries:
        record = delivery.record
        tags = {(tag["type"], tag["value"]) for tag in record.get("tags") or []}
        posts = [post for post, owner_id in owner.items() if owner_id == record["content_id"]]
        contents.append(
            Content(
                content_id=key(world.workspace.workspace_id, "content", record["content_id"]),
                external_content_id=record["content_id"],
                title=record.get("title"),
                slug=record.get("slug"),
                tags=tuple(sorted(tags)),
                posts=tuple(sorted(posts)),
            )
        )
    return contents


def find_posts(world: World, contents: Sequence[Content]) -> dict[PostKey, Post]:
    """Return every post that a post record names or that a content item has."""
    described: dict[PostKey, list[Delivery]] = {}
    for content in contents:
        for post_key in content.posts:
            described[post_key] = []
    for delivery in known_deliveries(world, "post"):
        record = delivery.record
        author_id = record.get("author_id")
        of_times = {
            **record,
            "posted_at": instant(record.get("posted_at")),
            # of two that are equally new the greater key holds
            "author_id": author_id
            and (key(world.workspace.workspace_id, record["platform"], author_id), author_id),
        }
        post_key = (record["platform"], record["post_id"])
        described.setdefault(post_key, []).append(replace(delivery, record=of_times))
    posts = {}
    for post_key, delivered in described.items():
        author = newest_known(delivered, "author_id")
        posts[post_key] = Post(
            platform=post_key[0],
            external_post_id=post_key[1],
            title=newest_known(delivered, "title"),
            url=newest_known(delivered, "url"),
            posted_at=newest_known(delivered, "posted_at"),
            author_id=author and author[1],
            native_type=newest_known(delivered, "type"),
            community_id=newest_known(delivered, "community_id"),
            community_name=newest_known(delivered, "community_name"),
            is_removed=bool(newest_known(delivered, "removed")),
        )
    return posts


def counted_type(world: World, metric: str) -> tuple[str | None, bool]:
    """Return the type that a native counter counts, and whether it is only a part."""
    names = world.seeds.counter_metrics
    if names is None:
        return mapped_type(metric), False
    if metric in names:
        return mapped_type(names[metric]), False
    prefix = metric.partition(":")[0] + ":*"
    return mapped_type(names.get(prefix)), prefix in names


def find_reported(world: World) -> dict[tuple[str, str, str], Counted]:
    """Return the latest counter per post and mapped metric; parts of one snapshot added up."""
    snapshots: dict[tuple[str, str, str, bool], dict[Any, dict[str, int]]] = {}
    for delivery in known_deliveries(world, "counter"):
        record = delivery.record
        type_, is_part = counted_type(world, record["metric"])
        if type_ is None or not is_proven_by(delivery, world.as_of):
            continue
        observed_at = proven_at(delivery)
        told = (observed_at is not None, observed_at or delivery.load_no)
        place = (record["platform"], record["post_id"], type_, is_part)
        counts = snapshots.setdefault(place, {}).setdefault(told, {})
        counts[record["metric"]] = max(record["value"], counts.get(record["metric"], 0))
    latest: dict[tuple[str, str, str], tuple[Any, int]] = {}
    for (platform, post_id, type_, is_part), by_time in snapshots.items():
        told = max(by_time)
        counts = by_time[told]
        count = sum(counts.values()) if is_part else max(counts.values())
        candidate = (told, count)
        cell = (platform, post_id, type_)
        latest[cell] = max(latest.get(cell, candidate), candidate)
    return {
        cell: Counted(count, told[1] if told[0] else None)
        for cell, (told, count) in latest.items()
    }
