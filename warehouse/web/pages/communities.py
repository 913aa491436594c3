"""Communities: the day's highlights against what is usual, and one community over time.

Source: daily_highlights, activity_heatmap.
Shape:  two pages; a community is named by its platform's own id.
Units:  days and hours in the workspace's zone.
Errors: ProblemError 404 for a community that the workspace does not have.
"""

from __future__ import annotations

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import Column, Row, Table, days_of
from warehouse.web.pages.visit import Figure, Page, View, Visit
from warehouse.web.resources import List, by
from warehouse.web.statements import Condition

NOTHING = (
    "No community has been active; load an export of Discord, Telegram or Skool and run "
    "`warehouse run`."
)
LATEST = Table(
    name="latest",
    title="The last active day of each community",
    source="communities",
    columns=(
        Column("community_name", "Community", "community", "community_id"),
        Column("platform", "Platform", "words"),
        Column("activity_date", "Day", "day"),
        Column("interaction_count", "Interactions", "number"),
        Column("baseline_interaction_count", "Usual", "number"),
        Column("change_rate", "Change", "percent"),
        Column("active_member_count", "Members", "number"),
        Column("first_timer_count", "First-timers", "number"),
        Column("peak_hour", "Peak hour", "number"),
    ),
    empty=NOTHING,
    mart="daily_highlights",
)
HOURS = Table(
    name="hours",
    title="Activity by weekday and hour",
    source="community_hours",
    columns=(
        Column("day_name", "Weekday"),
        Column("activity_hour", "Hour", "number"),
        Column("interaction_count", "Interactions", "number"),
        Column("average_interaction_count", "On average", "number"),
        Column("active_count", "Active", "number"),
    ),
    empty="There are no interactions at a known time.",
    mart="activity_heatmap",
    is_folded=True,
)
DAYS = Table(
    name="days",
    title="Days",
    source=List(
        "communities/days",
        "daily_highlights",
        sorts=(
            by("-activity_date", "platform", "community_id"),
            by("activity_date", "platform", "community_id"),
        ),
        ranges=("activity_date",),
    ),
    columns=(
        Column("activity_date", "Day", "day"),
        Column("interaction_count", "Interactions", "number"),
        Column("baseline_interaction_count", "Usual", "number"),
        Column("message_count", "Messages", "number"),
        Column("active_member_count", "Members", "number"),
        Column("first_timer_count", "First-timers", "number"),
        Column("top_members", "Top members", "names"),
        Column("top_channels", "Top channels", "names"),
    ),
    empty=NOTHING,
    where=lambda visit: [Condition("community_id", "=", visit.id)],
    filters=days_of("activity_date"),
    is_main=True,
    limit=25,
)
MESSAGES = Table(
    name="messages",
    title="Top messages of the last 8 weeks",
    source="community_messages",
    columns=(
        Column("activity_date", "Day", "day"),
        Column("username", "Member", "follower", "follower_id"),
        Column("channel_name", "Channel"),
        Column("said", "Message", "words-long", about="The text of the message."),
        Column("reaction_count", "Reactions", "number", about="Reactions that name a person."),
    ),
    empty="No message of the last 8 weeks has a reaction.",
    mart="daily_highlights",
)
MEMBERS = Table(
    name="members",
    title="Most often among the day's top members",
    source="community_members",
    columns=(
        Column("username", "Member", "follower", "follower_id"),
        Column("day_count", "Days", "number", about="Days of 8 weeks among the top three."),
        Column("interaction_count", "Interactions", "number", about="Theirs on those days."),
    ),
    empty="No member has been active in the last 8 weeks.",
    mart="daily_highlights",
)
CHART_DAYS = Table(
    name="weeks",
    title="Interactions per day",
    source="community_days",
    columns=(
        Column("activity_date", "Day", "day"),
        Column("interaction_count", "Interactions", "number"),
        Column("baseline_interaction_count", "Usual", "number"),
    ),
    empty=NOTHING,
    mart="daily_highlights",
    is_folded=True,
)


def _heat(visit: Visit, about: str) -> list[charts.Chart]:
    rows = visit.shown["hours"].rows
    if not any(row["interaction_count"] for row in rows):
        return []
    return [
        charts.chart(
            "When people are active",
            about,
            charts.heat(
                rows,
                "activity_hour",
                "day_name",
                "interaction_count",
                f"hour, {visit.zone_name}",
            ),
            "hours",
        )
    ]


def _overview(visit: Visit) -> View:
    rows = visit.shown["latest"].rows
    totals = visit.one("community_totals")
    return View(
        figures=[
            Figure("Communities", values.number(len(rows))),
            Figure(
                "Interactions",
                values.number(totals["interactions"]),
                values.change(totals["interactions"], totals["interactions_before"]),
                "in 7 days, against the 7 before",
            ),
            Figure(
                "Messages",
                values.number(totals["messages"]),
                values.change(totals["messages"], totals["messages_before"]),
                "in 7 days, against the 7 before",
            ),
            Figure(
                "First-timers",
                values.number(totals["first_timers"]),
                values.change(totals["first_timers"], totals["first_timers_before"]),
                "in 7 days, against the 7 before",
            ),
        ],
        charts=_heat(
            visit,
            "All interactions of platforms with communities; a stronger colour is more.",
        ),
    )


def _about(visit: Visit) -> Row | None:
    """Return the last day of a community."""
    row = visit.one("community")
    return row if row["community_id"] is not None else None


def _one(visit: Visit) -> View:
    row = visit.item
    days = visit.shown["weeks"].rows
    usual = row["baseline_interaction_count"]
    missing = _not_provided(visit, row["platform"])
    view = View(
        heading=row["community_name"] or row["community_id"],
        lead=f"A community on {values.words(row['platform'])}; the figures are about its last "
        f"active day, {values.day(row['activity_date'])}.",
        figures=[
            Figure(
                "Interactions",
                values.number(row["interaction_count"]),
                values.change(row["interaction_count"], usual),
                "against the usual " + values.number(usual),
                visit.spark(days[-28:], "interaction_count"),
                "#days",
            ),
            Figure("Messages", values.number(row["message_count"])),
            Figure("Members", values.number(row["active_member_count"]), period="active"),
            Figure("First-timers", values.number(row["first_timer_count"])),
            Figure(
                "Peak hour",
                values.NONE if row["peak_hour"] is None else f"{row['peak_hour']}:00",
                period=visit.zone_name,
            ),
        ],
    )
    if days:
        view.charts.append(
            charts.chart(
                "Interactions per day",
                "The last 12 weeks; days without one are empty." + missing,
                charts.days(days, "interaction_count", "interactions"),
                "weeks",
            )
        )
    view.charts += _heat(
        visit,
        f"All interactions on {values.words(row['platform'])}; a stronger colour is more."
        + missing,
    )
    return view


def _not_provided(visit: Visit, platform: str) -> str:
    """Return a sentence about what a platform does not tell of days and hours."""
    rows = [row for row in visit.rows("provided_days") if row["platform"] == platform]
    nouns = {
        "message_count": "messages",
        "reaction_count": "times of reactions",
        "voice_join_count": "voice channels joined",
    }
    return values.not_provided(rows, nouns)


COMMUNITIES = Page(
    path="communities",
    title="Communities",
    lead="How the last days went, against the same weekday of the 8 weeks before.",
    place="communities",
    tables=(LATEST, HOURS),
    build=_overview,
)
COMMUNITY = Page(
    path="communities/{id:path}",
    title="Community",
    lead="",
    place="communities",
    tables=(DAYS, MEMBERS, MESSAGES, CHART_DAYS, HOURS),
    build=_one,
    about=_about,
)
