"""What the read API offers: a row of these tables per operation.

Source: the published marts. An operation reads one of them; columns, types and descriptions
        come from its contract.
Shape:  `LISTS` answer many rows in pages, `ITEMS` answer one row.
Units:  a sort is a name in the parameter `sort`, with - in front for descending.
Errors: none; tests compare every row with the contracts and the database.

Sorts are columns that stay as they are between two runs. A number that changes by the minute,
such as the start of a window, would let a row be passed over between two pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

BASE = "/api/social-analytics"
REASON = "exclusion_reason"
HIDDEN = ("erased", "opted_out")  # accounts that no list shows, by this reason


class Ordered(NamedTuple):
    """A column of an order."""

    name: str
    is_descending: bool


@dataclass(frozen=True)
class Sort:
    """An order of rows: signed columns, which together are unique within a workspace.

    `has_nulls`: the first column may be null; the others never are. `is_of_the_mart`: the mart
    gives its rows in this order, and sorting them again would read all of them.
    """

    name: str
    by: tuple[str, ...]
    has_nulls: bool = False
    is_of_the_mart: bool = False

    @property
    def columns(self) -> list[Ordered]:
        """Return the columns with their directions."""
        return [Ordered(each.removeprefix("-"), each.startswith("-")) for each in self.by]


@dataclass(frozen=True)
class Parent:
    """What a list is about: the column that holds its id, and the mart that knows all ids."""

    column: str
    mart: str
    key: str
    noun: str


@dataclass(frozen=True)
class Membership:
    """A filter by another mart: a row passes if one of the other with its key has the value.

    `name` is the parameter, `column` of the other mart holds the values. `is_absent`: a row
    passes if none has the value.
    """

    name: str
    mart: str
    column: str
    key: str
    is_absent: bool = False


@dataclass(frozen=True)
class Parts:
    """The few parts of what a list is about, such as the posts of a content item.

    A condition on column `whole` is asked of `mart`, which knows the parts. The list is then
    read part by part, by the index of its column `part`, as many rows of each as a page has.
    """

    mart: str
    part: str
    whole: str


@dataclass(frozen=True)
class List:
    """A list: a mart, its sorts (the first is the default), and the columns of filters.

    `filters` compare for equality, `memberships` ask another mart. A column of `ranges` has the
    parameters COLUMN_from (that or later) and COLUMN_before. `is_computed`: any page of the
    mart takes as long as all of it. `parts`: no index has the order of the whole list.
    `tallied`: the columns by whose values all rows are counted, where the list is read as a
    whole anyhow.
    """

    path: str
    mart: str
    sorts: tuple[Sort, ...]
    filters: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    memberships: tuple[Membership, ...] = ()
    parent: Parent | None = None
    parts: Parts | None = None
    is_computed: bool = False
    tallied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One row of a mart, by its key."""

    path: str
    mart: str
    key: str
    noun: str


def by(name: str, *ties: str, has_nulls: bool = False) -> Sort:
    """Return the order by a column; ties are broken in the same direction."""
    sign = "-" if name.startswith("-") else ""
    return Sort(name, (name, *(sign + tie for tie in ties)), has_nulls)


LISTS = (
    List(
        "content",
        "content_cross_platform_summary",
        sorts=(
            by("-engagement_score", "content_id"),
            by("-total_interactions", "content_id"),
            by("-total_comments", "content_id", has_nulls=True),
            by("-last_activity_at", "content_id", has_nulls=True),
            by("title", "content_id", has_nulls=True),
            by("content_id"),
        ),
        filters=("slug", "best_platform", "best_platform_normalised"),
        ranges=("last_activity_at",),
        memberships=(Membership("tag", "content_tags", "tag_value", "content_id"),),
        is_computed=True,
    ),
    List(
        "followers",
        "followers",
        sorts=(by("id"), by("-id")),
        filters=(
            *("platform", "username", "platform_user_id", "is_eligible"),
            *("exclusion_reason", "is_verified"),
        ),
        ranges=("last_seen",),
    ),
    List(
        "followers/leaderboard",
        "top_engaged_followers",
        sorts=(
            Sort(
                "rank",
                ("-engagement_score", "-interaction_count", "follower_id"),
                is_of_the_mart=True,
            ),
        ),
        filters=("platform", "engagement_tier", "activity_state"),
    ),
    List(
        "followers/{id}/timeline",
        "follower_activity_timeline",
        sorts=(
            by("-occurred_at", "received_at", "interaction_id", has_nulls=True),
            by("occurred_at", "received_at", "interaction_id", has_nulls=True),
        ),
        filters=("interaction_type", "content_id", "post_id"),
        ranges=("occurred_at",),
        parent=Parent("follower_id", "followers", "id", "follower"),
    ),
    List(
        "issues",
        "issue_engagements",
        sorts=(
            by("-last_interaction", "issue_id", "follower_id", has_nulls=True),
            by("-interaction_count", "issue_id", "follower_id"),
            by("issue_id", "follower_id"),
        ),
        filters=("issue_id", "follower_id", "platform", "is_eligible", "is_prunable"),
        ranges=("last_interaction",),
        is_computed=True,
    ),
    List(
        "communities",
        "daily_highlights",
        sorts=(
            by("-activity_date", "platform", "community_id"),
            by("activity_date", "platform", "community_id"),
        ),
        filters=("platform", "community_id", "activity_date"),
        ranges=("activity_date",),
    ),
    List(
        "product/posts",
        "top_engaged_posts",
        sorts=(by("rank", "post_key"), by("post_key")),
        filters=("post_id",),
        is_computed=True,
    ),
    List(
        "alerts",
        "engagement_alerts",
        sorts=(by("-severity", "follower_id", "alert_kind"), by("follower_id", "alert_kind")),
        filters=("alert_kind", "severity", "platform", "follower_id"),
        is_computed=True,
        tallied=("alert_kind", "severity"),
    ),
    List(
        "cohorts",
        "follower_cohorts",
        sorts=(by("-cohort_week", "platform"), by("cohort_week", "platform")),
        filters=("platform", "cohort_week"),
        ranges=("cohort_week",),
        is_computed=True,
    ),
    List(
        "retention",
        "follower_retention",
        sorts=(
            Sort("-cohort_week", ("-cohort_week", "platform", "week_number")),
            by("cohort_week", "platform", "week_number"),
        ),
        filters=("platform", "cohort_week", "week_number", "is_complete"),
        ranges=("cohort_week",),
        is_computed=True,
    ),
)
ITEMS = (
    Item("content/{id}", "content_cross_platform_summary", "content_id", "content item"),
    Item("followers/{id}", "follower_engagement_scores", "follower_id", "follower"),
    Item("participants/{id}/context", "participant_context", "id", "participant"),
)
