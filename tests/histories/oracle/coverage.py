"""Marts about coverage: observed counts beside the counts that platforms report."""

from __future__ import annotations

from decimal import Decimal

from oracle.content import is_listed
from oracle.facts import Facts
from oracle.interactions import key_of, said
from oracle.posts import Counted
from oracle.rules import key, ordered, shown_count
from oracle.world import Row, World


def content_coverage(world: World, facts: Facts) -> list[Row]:
    """Return one row per post and type with an observed or a reported count."""
    observed: dict[tuple[str, str, str], int] = {}
    for interaction in facts.net:
        if interaction.post_id is not None and interaction.type is not None:
            cell = (interaction.platform, interaction.post_id, interaction.type)
            observed[cell] = observed.get(cell, 0) + 1
    rows: list[Row] = []
    for cell in {*observed, *facts.reported}:
        platform, external_post_id, type_ = cell
        if not is_listed(facts, (platform, external_post_id)):
            continue
        observed_count = shown_count(world, platform, type_, observed.get(cell, 0))
        counted = facts.reported.get(cell)
        reported_count = counted.count if counted else None
        coverage_rate = None
        if observed_count is not None and reported_count:
            coverage_rate = Decimal(observed_count) / Decimal(reported_count)
        rows.append(
            {
                "workspace_id": world.workspace.workspace_id,
                "content_id": facts.content_of_post.get((platform, external_post_id)),
                "post_id": key(world.workspace.workspace_id, platform, external_post_id),
                "external_post_id": external_post_id,
                "platform": platform,
                "interaction_type": type_,
                "observed_count": observed_count,
                "reported_count": reported_count,
                "coverage_rate": coverage_rate,
                "is_removed": bool(
                    (post := facts.posts.get((platform, external_post_id))) and post.is_removed
                ),
                "reported_at": counted.observed_at if counted else None,
            }
        )
    return ordered(rows, "post_id", "interaction_type")


def reported_of_what_was_said(facts: Facts) -> dict[tuple[str, str, str], Counted]:
    """Return the counters of messages and comments, by platform, native id and type."""
    return {
        (platform, native_id, type_): counted
        for (platform, native_id, type_), counted in facts.reported.items()
        if (post := facts.posts.get((platform, native_id))) and post.is_what_was_said
    }


def interaction_coverage(world: World, facts: Facts) -> list[Row]:
    """Return one row per answered interaction and type with an observed or a reported count."""
    observed: dict[tuple[str, str, str], int] = {}
    for item in facts.net:
        parent = said(item, "parent_id")
        if parent is not None and item.type is not None:
            cell = (item.platform, parent, item.type)
            observed[cell] = observed.get(cell, 0) + 1
    reported = reported_of_what_was_said(facts)
    known = {(item.platform, item.native_id): item for item in facts.gross}
    rows: list[Row] = []
    for cell in {*observed, *reported}:
        platform, native_id, type_ = cell
        answered = known.get((platform, native_id))
        count = shown_count(world, platform, type_, observed.get(cell, 0))
        counted = reported.get(cell)
        rate = None
        if count is not None and counted and counted.count:
            rate = Decimal(count) / Decimal(counted.count)
        rows.append(
            {
                "interaction_id": key(world.workspace.workspace_id, platform, native_id),
                "follower_id": key_of(world, answered, answered.actor_id) if answered else None,
                "post_id": key_of(world, answered, answered.post_id) if answered else None,
                "workspace_id": world.workspace.workspace_id,
                "platform": platform,
                "interaction_type": type_,
                "observed_count": count,
                "reported_count": counted.count if counted else None,
                "coverage_rate": rate,
                "reported_at": counted.observed_at if counted else None,
            }
        )
    return ordered(rows, "interaction_id", "interaction_type")
