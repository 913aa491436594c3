"""Today at a glance: one page that leads to all others.

Source: daily_activity, follower_engagement_scores, top_content, engagement_alerts,
        landed_sources.
Shape:  one page.
Units:  days in the workspace's zone. Who is active is known of 30 days alone.
Errors: none of its own.
"""

from __future__ import annotations

from datetime import timedelta

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import Column, Row, Table
from warehouse.web.pages.visit import Figure, Page, View, Visit, counted
from warehouse.web.resources import LISTS

RANKED = (7, 30)  # days over which content is ranked
LEAST_SPARK = 28  # days
NOTHING = (
    "Nothing has happened yet; load what your platforms export with `warehouse load PATH`, "
    "then run `warehouse run`."
)
BEST = Table(
    name="best",
    title="Best content",
    source="best_content",
    columns=(
        Column("rank", "Rank", "number"),
        Column("title", "Title", "content", "content_id"),
        Column("points", "Points", "number"),
        Column("points_before", "Points before", "number"),
        Column("points_change", "Change", "number"),
        Column("interaction_count", "Interactions", "number"),
    ),
    empty="No content has had an interaction lately.",
    mart="top_content",
    note="For a period of more than 7 days this is the ranking of 30 days.",
)
ALERTS = Table(
    name="alerts",
    title="Alerts",
    source=next(each for each in LISTS if each.path == "alerts"),
    columns=(
        Column("severity", "Severity", "words"),
        Column("alert_kind", "Alert", "words"),
        Column("username", "Follower", "follower", "follower_id"),
        Column("platform", "Platform", "words"),
        Column("evidence", "Evidence", "words-long"),
        Column("since", "Since", "time"),
    ),
    empty="Nobody needs attention.",
    limit=10,
)
PLATFORMS = Table(
    name="platforms",
    title="Platforms",
    source="platform_periods",
    columns=(
        Column("platform", "Platform", "words"),
        Column("interaction_count", "Interactions", "number"),
        Column(
            *("interactions_before", "Interactions before", "number"),
            about="Those of as many days before the period.",
        ),
        Column("points", "Points", "number"),
        Column("new_follower_count", "New followers", "number"),
        Column(
            "last_active_date", "Last active", "day", about="The last day with an interaction."
        ),
    ),
    empty=NOTHING,
    mart="daily_activity",
)
DAYS = Table(
    name="days",
    title="Interactions per day",
    source="days",
    columns=(
        Column("activity_date", "Day", "day"),
        Column("interaction_count", "Interactions", "number"),
        Column("points", "Points", "number"),
        Column("active_follower_count", "Active followers", "number"),
        Column("new_follower_count", "New followers", "number"),
        Column("is_complete", "Complete", "yes"),
    ),
    empty=NOTHING,
    mart="daily_activity",
    is_folded=True,
)


def _glance(visit: Visit) -> View:
    days = visit.shown["days"].rows
    alerts = visit.tally(ALERTS, "alert_counts")
    gained = _alerts(alerts, alert_kind="super_fan_gained")
    lost = _alerts(alerts, alert_kind="super_fan_lost")
    health = visit.one("health_totals")
    tiers = visit.rows("follower_tiers")
    best = visit.shown["best"].rows
    platforms = visit.shown["platforms"].rows
    period = f"in {visit.days} days, against the {visit.days} before"
    lately = days[-max(LEAST_SPARK, visit.days or 0) :]
    active = sum(row["active_count"] for row in tiers)
    active_before = sum(row["active_before_count"] for row in tiers)
    view = View(
        figures=[
            Figure(
                "Interactions",
                values.number(_sum(platforms, "interaction_count")),
                values.change(
                    _sum(platforms, "interaction_count"),
                    _sum(platforms, "interactions_before"),
                ),
                period,
                visit.spark(lately, "interaction_count"),
                "#days",
            ),
            Figure(
                "Active followers",
                values.number(active),
                values.change(active, active_before),
                "in 30 days, against the 30 before",
                visit.spark(lately, "active_follower_count"),
                visit.url("followers"),
            ),
            Figure(
                "New followers",
                values.number(_sum(platforms, "new_follower_count")),
                values.change(
                    _sum(platforms, "new_follower_count"),
                    _sum(platforms, "new_followers_before"),
                ),
                period,
                visit.spark(lately, "new_follower_count"),
                visit.url("followers", activity_state="new"),
            ),
            Figure(
                "Super fans",
                values.number(
                    sum(
                        r["follower_count"]
                        for r in tiers
                        if r["engagement_tier"] == "super_fan"
                    )
                ),
                period=f"{values.number(gained)} gained, {values.number(lost)} lost lately",
                href=visit.url("followers", engagement_tier="super_fan"),
            ),
            Figure(
                "Alerts",
                values.number(_alerts(alerts)),
                period=counted(_alerts(alerts, severity="warning"), "warning"),
                href="#alerts",
            ),
            Figure(
                "Rejected records",
                values.number(health["rejected_count"]),
                period=f"of {values.number(health['record_count'])} loaded",
                href=visit.url("health"),
            ),
        ]
    )
    if best:
        ranked = "week" if visit.days == RANKED[0] else f"last {RANKED[1]} days"
        view.lead = f"Best content of the {ranked}: {best[0]['title'] or 'untitled'}."
    if days:
        total = _sum(days, "interaction_count")
        is_longer = len(days) > (visit.days or 0)
        marked = f"; the last {visit.days} are in full colour" if is_longer else ""
        since = visit.today - timedelta(days=(visit.days or 0) - 1)
        view.charts.append(
            charts.chart(
                "Interactions per day",
                f"{counted(total, 'interaction')} in {counted(len(days), 'day')}, over all "
                f"platforms{marked}. A hatched day is not over."
                + values.not_provided(visit.rows("provided_days"), values.SCORED),
                charts.days(days, "interaction_count", "interactions", since),
                "days",
            )
        )
    return view


def _alerts(alerts: list[Row] | None, **wanted: str) -> int | None:
    """Return how many alerts are such; null where they took too long."""
    if alerts is None:
        return None
    return _sum([row for row in alerts if wanted.items() <= row.items()], "row_count")


def _sum(rows: list[Row], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


GLANCE = Page(
    path="",
    title="Today",
    lead="What happened lately, and what needs attention.",
    place="",
    tables=(ALERTS, BEST, PLATFORMS, DAYS),
    build=_glance,
    early=("follower_tiers",),
    periods=(7, 28, 90),
)
