"""Content: the catalogue with what does best, and the page of one item across platforms.

Source: content_cross_platform_summary, top_content, content_tags; of one item its rollups,
        posts, coverage, days, and the timelines of those who engaged with it.
Shape:  two pages.
Units:  points of the engagement score; observed and reported counts are never added.
Errors: ProblemError 404 for an item that the workspace does not have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from warehouse.web.pages import charts, tables, values
from warehouse.web.pages.tables import DAYS_OF_TIME, Column, Filter, Table
from warehouse.web.pages.visit import Fact, Figure, Page, View, Visit, counted
from warehouse.web.resources import (
    HIDDEN,
    LISTS,
    REASON,
    Item,
    List,
    Membership,
    Parts,
    by,
)
from warehouse.web.statements import Condition, pattern_of

NOTHING = (
    "There is no content yet; load what you published, as docs/platforms.md says, and run "
    "`warehouse run`."
)


def _chosen(visit: Visit) -> Sequence[Condition]:
    """Return the conditions of search and platform."""
    wanted = []
    if words := visit.values()["q"]:
        wanted.append(Condition("title", "ilike", pattern_of(words)))
    if platform := visit.parameters.get("platform"):
        pattern = rf"(^|[^[:alnum:]_]){re.escape(platform[:100])}($|[^[:alnum:]_])"
        wanted.append(Condition("platforms", "~", pattern))
    return wanted


CATALOGUE = Table(
    name="catalogue",
    title="All content",
    source=next(each for each in LISTS if each.path == "content"),
    columns=(
        Column("title", "Title", "content", "content_id"),
        Column("platforms", "Platforms"),
        Column("best_platform", "Best on", "words"),
        Column("engagement_score", "Score", "number"),
        Column("total_interactions", "Interactions", "number"),
        Column("total_comments", "Comments", "number"),
        Column("total_likes", "Likes", "number"),
        Column("total_shares", "Shares", "number"),
        Column("last_activity_at", "Last activity", "time"),
    ),
    empty=NOTHING,
    where=_chosen,
    filters=(Filter("q", "Title"), Filter("tag", "Tag"), Filter("platform", "Platform")),
    is_main=True,
)
BEST = Table(
    name="best",
    title="Best content of 30 days",
    source="best_content_30",
    columns=(
        Column("rank", "Rank", "number"),
        Column("title", "Title", "content", "content_id"),
        Column("points", "Points", "number"),
        Column("points_before", "30 days before", "number"),
        Column("points_change", "Change", "number"),
        Column("interaction_count", "Interactions", "number"),
    ),
    empty="No content has had an interaction in the last 60 days.",
    mart="top_content",
    is_folded=True,
)
SHOWN = Membership("shown", "follower_eligibility", REASON, key="follower_id", is_absent=True)
COMMENTS = List(
    "content/{id}/comments",
    "follower_activity_timeline",
    sorts=(
        by("-occurred_at", "received_at", "interaction_id", has_nulls=True),
        by("occurred_at", "received_at", "interaction_id", has_nulls=True),
    ),
    filters=("platform", "interaction_type"),
    ranges=("occurred_at",),
    parts=Parts("content_posts", "post_id", "content_id"),
)
OF_ONE = (
    Table(
        name="platforms",
        title="By platform",
        source="content_platforms",
        columns=(
            Column("platform", "Platform", "words"),
            Column("engagement_score", "Score", "number"),
            Column("interaction_count", "Interactions", "number"),
            Column("comment_count", "Comments", "number"),
            Column("like_count", "Likes", "number"),
            Column("share_count", "Shares", "number"),
            Column("save_count", "Saves", "number"),
            Column("best_view_count", "Views", "number"),
            Column("last_activity_at", "Last activity", "time"),
        ),
        empty="This item has been posted nowhere that was loaded.",
        mart="content_platform_rollup",
        note="– is a number that the platform does not provide.",
    ),
    Table(
        name="coverage",
        title="Observed against reported",
        source="content_coverage",
        columns=(
            Column("platform", "Platform", "words"),
            Column("interaction_type", "Type", "words"),
            Column("observed_count", "Observed", "number"),
            Column("reported_count", "Reported", "number"),
            Column("coverage_rate", "Coverage", "percent"),
            Column("reported_at", "Reported at", "time"),
        ),
        empty="No platform has reported counts of this item.",
        mart="content_coverage",
        note="Observed interactions name a person; platforms report more. They never add up.",
    ),
    Table(
        name="posts",
        title="Posts",
        source="content_posts",
        columns=(
            Column("platform", "Platform", "words"),
            Column("title", "Title", "outside", "url"),
            Column("external_post_id", "Id there"),
            Column("posted_at", "Posted", "time"),
            Column("is_removed", "Removed", "yes"),
        ),
        empty="No post of this item has been loaded.",
        mart="content_posts",
    ),
    Table(
        name="engagers",
        title="Top engagers",
        source="content_engagers",
        columns=(
            Column("username", "Follower", "follower", "follower_id"),
            Column("platform", "Platform", "words"),
            Column("points", "Points", "number", about="Points that this item brought them."),
            Column("interaction_count", "Interactions", "number"),
            Column("comment_count", "Comments", "number"),
            Column("last_at", "Last", "time", about="Time of their last interaction with it."),
        ),
        empty="No known follower has engaged with this item.",
        mart="follower_engagement_scores",
    ),
    Table(
        name="comments",
        title="Comments",
        source=COMMENTS,
        columns=(
            Column("occurred_at", "When", "time"),
            Column("username", "Follower", "follower", "follower_id"),
            Column("platform", "Platform", "words"),
            Column("interaction_value", "Comment", "words-long"),
        ),
        empty="Nobody has commented on this item.",
        where=lambda visit: [
            Condition("content_id", "=", visit.id),
            Condition("interaction_type", "=", "comment"),
            *(Condition("follower_id", "=", reason, SHOWN) for reason in HIDDEN),
        ],
        filters=(Filter("platform", "Platform"), *DAYS_OF_TIME),
        is_main=True,
        limit=25,
    ),
    Table(
        name="days",
        title="Interactions per day",
        source="content_days",
        columns=(
            Column("activity_date", "Day", "day"),
            Column("interaction_count", "Interactions", "number"),
            Column("points", "Points", "number"),
        ),
        empty="Nothing has happened at a known time.",
        mart="content_daily_activity",
        is_folded=True,
    ),
)


def _overview(visit: Visit) -> View:
    totals = visit.one("content_totals")
    best = visit.shown["best"].rows[:10]
    now, before = totals["interactions"], totals["interactions_before"]
    view = View(
        figures=[
            Figure("Content items", values.number(totals["item_count"])),
            Figure(
                "Posts",
                values.number(totals["post_count"]),
                period=f"on {counted(totals['platform_count'], 'platform')}",
            ),
            Figure(
                "Interactions",
                values.number(now),
                values.change(now, before),
                "in 30 days, against the 30 before",
            ),
            Figure(
                "Points",
                values.number(totals["points"]),
                values.change(totals["points"], totals["points_before"]),
                "in 30 days, against the 30 before",
            ),
        ]
    )
    if best:
        view.charts.append(
            charts.chart(
                "Content that did best in the last 30 days",
                f"{best[0]['title'] or 'Untitled'} leads with "
                f"{counted(best[0]['points'], 'point')}.",
                charts.bars(best, "title", "points", "points of the engagement score"),
                "best",
            )
        )
    return view


def _one(visit: Visit) -> View:
    row = visit.item
    platforms = visit.shown["platforms"].rows
    days = visit.shown["days"].rows
    view = View(
        heading=row["title"] or row["slug"] or "Untitled",
        lead=f"On {row['platforms'] or 'no platform'}. {_best(row)}",
        figures=[
            Figure("Engagement score", values.number(row["engagement_score"])),
            Figure("Interactions", values.number(row["total_interactions"])),
            Figure(
                "Comments",
                values.number(row["total_comments"]),
                period=_reported(row["reported_comments"]),
                href="#comments",
            ),
            Figure(
                "Likes",
                values.number(row["total_likes"]),
                period=_reported(row["reported_likes"]),
            ),
            Figure(
                "Shares",
                values.number(row["total_shares"]),
                period=_reported(row["reported_shares"]),
            ),
        ],
        facts=[
            Fact("Best platform", "best_platform", "words"),
            Fact("Best, compared with its own posts", "best_platform_normalised", "words"),
            Fact("Better there than", "best_percentile", "percent"),
            Fact("First activity", "first_activity_at", "time"),
            Fact("Last activity", "last_activity_at", "time"),
            Fact("Tags", "tags"),
            Fact("Id here", "content_id", "id"),
        ],
        row={**row, "tags": visit.one("content_tag_names")["tags"]},
    )
    if days:
        view.charts.append(
            charts.chart(
                "Interactions with this item per day",
                f"From {values.day(days[0]['activity_date'])} to "
                f"{values.day(days[-1]['activity_date'])}; days without one are empty.",
                charts.days(days, "interaction_count", "interactions"),
                "days",
            )
        )
    if platforms:
        shown = [{**each, "name": values.words(each["platform"])} for each in platforms]
        view.charts.append(
            charts.chart(
                "Where it does best",
                "Points of the engagement score, from observed interactions."
                + values.not_provided(platforms, values.SCORED),
                charts.bars(shown, "name", "engagement_score", "points"),
                "platforms",
            )
        )
    return view


def _best(row: tables.Row) -> str:
    best = row["best_platform"]
    if best is None:
        return "No platform is best yet: nothing has been observed."
    said = f"Best on {values.words(best)}, where observed interactions score highest."
    normalised = row["best_platform_normalised"]
    if normalised is not None and normalised != best:
        said += (
            f" Compared with other posts there, it does best on {values.words(normalised)}: at "
            f"least as good as {values.percent(row['best_percentile'])} of them."
        )
    return said


def _reported(count: int | None) -> str:
    return "observed" if count is None else f"observed; {values.number(count)} reported"


CONTENT = Page(
    path="content",
    title="Content",
    lead="What you published, and how it does over all platforms.",
    place="content",
    tables=(CATALOGUE, BEST),
    build=_overview,
)
CONTENT_ITEM = Page(
    path="content/{id}",
    title="Content item",
    lead="",
    place="content",
    tables=OF_ONE,
    build=_one,
    item=Item("content/{id}", "content_cross_platform_summary", "content_id", "content item"),
)
