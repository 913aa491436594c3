"""The dbt project declares owners, uses, freshness and names for every mart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from warehouse.connection import Target
from warehouse.transform import Dbt

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest(target: Target) -> Any:
    """The project as dbt has parsed it."""
    done = Dbt(target).invoke(["parse"])
    assert done.success, done.exception
    return done.result


def test_every_mart_has_an_owner_a_group_and_a_use(manifest: Any) -> None:
    marts = {
        id_: node
        for id_, node in manifest.nodes.items()
        if node.resource_type == "model" and node.original_file_path.startswith("models/marts/")
    }
    assert {path.stem for path in (ROOT / "models" / "marts").glob("*/*.sql")} == {
        node.name for node in marts.values()
    }
    owned = {group.name for group in manifest.groups.values() if group.owner.email}
    used = {
        parent
        for exposure in manifest.exposures.values()
        for parent in exposure.depends_on.nodes
    }
    for id_, node in marts.items():
        assert node.group in owned, id_
        assert node.access == "public", id_
        assert id_ in used, id_
    for exposure in manifest.exposures.values():
        assert exposure.owner.email
        assert exposure.description


def test_every_source_has_a_freshness(manifest: Any) -> None:
    assert manifest.sources
    for id_, source in manifest.sources.items():
        assert source.loaded_at_query or source.loaded_at_field, id_
        assert source.freshness.warn_after.count, id_


# Where a column's name does not mean what it means elsewhere, and why it is so.
OF_THAT_TIME = "a version of a profile: what the name says, as of then"
FIXED = "the name is fixed by the requirements"
DEVIATIONS = {
    **{
        f"participant_profile_history.{column}": OF_THAT_TIME
        for column in (
            *("username", "display_name", "profile_url"),
            *("follower_count", "is_verified"),
        )
    },
    **{
        f"{mart}.{column}": FIXED
        for mart, columns in {
            "content_items": ("id",),
            "participant_profiles": ("id", "interaction_count", "created_at", "metadata"),
            "participant_context": ("id", "interaction_count"),
            "issue_engagements": (
                *("interaction_count", "engagement_score"),
                *("query_count", "view_count", "mention_count"),
            ),
            "user_issue_stats": ("total_interactions",),
            "user_interaction": ("post_id",),
            "follower_cohorts": ("follower_count",),
        }.items()
        for column in columns
    },
    **{
        f"{mart}.{column}": "as in issue_engagements, whose rows these are"
        for mart in ("top_engaged_issues",)
        for column in ("interaction_count", "engagement_score")
    },
    **{
        f"{mart}.post_id": "as in user_interaction, to be joined with it"
        for mart in ("top_engaged_posts", "post_view_duration")
    },
    **{
        f"{mart}.view_count": "views shorter than 1000 ms do not count, by the requirements"
        for mart in ("top_engaged_posts", "user_engagement", "post_view_duration")
    },
    **{
        f"daily_highlights.{column}": "a community's activity: the three types that it has"
        for column in ("interaction_count", "gross_interaction_count")
    },
    **{
        f"{mart}.title": "of the post, for which the row stands; content items have theirs"
        for mart in ("content_posts", "top_engaged_posts")
    },
    "top_engaged_issues.rank": "a place among the follower's issues, by the requirements",
    "unshown_records.reason": "says why of a row that stands for no decision",
}


def meaning(description: str) -> str:
    """What a column is; notes follow after the first sentence or a semicolon."""
    return re.split(r";|\.(?:\s|$)", " ".join(description.split()))[0]


def test_a_column_name_has_one_type_and_one_meaning(manifest: Any) -> None:
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for node in manifest.nodes.values():
        if node.original_file_path.startswith("models/marts/") and node.columns:
            for name, column in node.columns.items():
                kind = (column.data_type, meaning(column.description))
                found.setdefault(name, {}).setdefault(kind, []).append(f"{node.name}.{name}")
    allowed = DEVIATIONS.keys()
    kept = {
        name: [
            kind
            for kind, places in kinds.items()
            if any(place not in allowed for place in places)
        ]
        for name, kinds in found.items()
    }
    assert {
        name: {kind: found[name][kind] for kind in kinds}
        for name, kinds in kept.items()
        if len(kinds) > 1
    } == {}
    needless = [
        place
        for name, kinds in found.items()
        for kind, places in kinds.items()
        for place in places
        if place in allowed and (kind in kept[name] or len(kinds) == 1)
    ]
    known = {place for kinds in found.values() for places in kinds.values() for place in places}
    assert needless == []
    assert allowed <= known
