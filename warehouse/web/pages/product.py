"""The product's own feed: top posts, how long people look, engagement rates; and the last hour.

Source: top_engaged_posts, post_view_duration, user_engagement, user_interaction.
Shape:  two pages; `live` asks to be loaded again.
Units:  milliseconds, shown as seconds; the last hour ends with the last run.
Errors: none of its own.
"""

from __future__ import annotations

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import Column, Table
from warehouse.web.pages.visit import Figure, Page, View, Visit, counted, moment

NOTHING = (
    "The product has sent nothing; send events to `/api/track`, as docs/tracking.md says, or "
    "load its exports."
)
POSTS = Table(
    name="posts",
    title="Top posts of the week",
    source="product_posts",
    columns=(
        Column("rank", "Rank", "number"),
        Column("title", "Post", "outside", "url"),
        Column("engagement_count", "Engagement", "number"),
        Column("weighted_engagement", "Weighted", "number"),
        Column("view_count", "Views", "number"),
        Column("click_count", "Clicks", "number"),
        Column("like_count", "Likes", "number"),
        Column("share_count", "Shares", "number"),
        Column("user_count", "Users", "number"),
    ),
    empty=NOTHING,
    mart="top_engaged_posts",
)
DURATIONS = Table(
    name="durations",
    title="How long people look",
    source="product_durations",
    columns=(
        Column("title", "Post", about="The title of the post, or its id."),
        Column("view_count", "Views", "number"),
        Column("short_view_count", "Short views", "number"),
        Column("median_duration_ms", "Median", "duration"),
        Column("average_duration_ms", "Mean", "duration"),
        Column("median_scroll_depth", "Scrolled, %", "number"),
    ),
    empty="Nobody has viewed a post.",
    mart="post_view_duration",
)
USERS = Table(
    name="users",
    title="Users of 30 days",
    source="product_users",
    columns=(
        Column("username", "User", "follower", "follower_id", about="Their name, or their id."),
        Column("user_id", "Id there"),
        Column("engagement_rate", "Engagement rate", "percent"),
        Column("view_count", "Views", "number"),
        Column("click_count", "Clicks", "number"),
        Column("like_count", "Likes", "number"),
        Column("share_count", "Shares", "number"),
        Column("last_interaction_at", "Last", "time"),
    ),
    empty="No known user has done anything in the last 30 days.",
    mart="user_engagement",
)
LAST_EVENTS = Table(
    name="events",
    title="The last events",
    source="live_events",
    columns=(
        Column("created_at", "When", "time"),
        Column("interaction_type", "Type", "words"),
        Column("user_id", "User", "follower", "follower_id"),
        Column("post_id", "Post"),
        Column("duration_ms", "Looked", "duration"),
        Column("scroll_depth", "Scrolled, %", "number"),
    ),
    empty="Nothing has come in the last hour before the last run.",
    mart="user_interaction",
)
LAST_MINUTES = Table(
    name="minutes",
    title="The last hour, by type",
    source="live_types",
    columns=(
        Column("interaction_type", "Type", "words"),
        Column("interaction_count", "Events", "number", about="Events of the last hour."),
        Column("last_minutes", "Last 5 minutes", "number", about="Events of 5 minutes."),
        Column("user_count", "Users", "number", about="Known users of the last hour."),
    ),
    empty="Nothing has come in the last hour before the last run; `warehouse run` takes up new "
    "events.",
    mart="user_interaction",
)


def _product(visit: Visit) -> View:
    totals = visit.one("product_totals")
    lately = sum(row["interaction_count"] for row in visit.rows("live_types"))
    posts = visit.shown["posts"].rows[:10]
    view = View(
        figures=[
            Figure("Views", values.number(totals["view_count"]), period="in 30 days"),
            Figure("Users", values.number(totals["user_count"]), period="in 30 days"),
            Figure(
                "Engagement rate",
                values.percent(totals["engagement_rate"]),
                period="clicks, likes and shares per view",
            ),
            Figure(
                "Median view",
                values.duration(totals["median_duration_ms"]),
                period="half of the posts hold people longer",
            ),
            Figure(
                "Last hour",
                values.number(lately),
                period="events before the last run",
                href=visit.url("live"),
            ),
        ]
    )
    if posts:
        shown = [{**row, "name": row["title"] or row["post_id"]} for row in posts]
        view.charts.append(
            charts.chart(
                "Posts that people engaged with most this week",
                f"{shown[0]['name']} leads; views, clicks and likes count one each.",
                charts.bars(shown, "name", "engagement_count", "views, clicks and likes"),
                "posts",
            )
        )
    return view


def _live(visit: Visit) -> View:
    rows = visit.shown["minutes"].rows
    total = sum(row["interaction_count"] for row in rows)
    view = View(
        figures=[
            Figure("Events", values.number(total), period="in the hour before the last run"),
            Figure(
                "In 5 minutes",
                values.number(sum(row["last_minutes"] for row in rows)),
                period="before the last run",
            ),
            moment("Last run", visit.as_of.isoformat(), visit),
        ]
    )
    if rows:
        shown = [{**row, "name": values.words(row["interaction_type"])} for row in rows]
        view.charts.append(
            charts.chart(
                "Events of the last hour",
                f"{counted(total, 'event')}.",
                charts.bars(shown, "name", "interaction_count", "events"),
                "minutes",
            )
        )
    return view


PRODUCT = Page(
    path="product",
    title="Product",
    lead="Your own feed: which posts work, how long people look, who engages.",
    place="product",
    tables=(POSTS, DURATIONS, USERS),
    build=_product,
)
LIVE = Page(
    path="live",
    title="Live",
    lead="What the product sent in the hour before the last run.",
    place="product",
    tables=(LAST_MINUTES, LAST_EVENTS),
    build=_live,
    refresh=20,
)
