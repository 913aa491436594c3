"""Followers: the leaderboard with tiers and retention, and the page of one follower.

Source: top_engaged_followers, follower_engagement_scores, follower_retention; of one follower
        participant_profiles, interaction_history, its decisions and alerts.
Shape:  two pages.
Units:  points of the engagement score; participant points, 0 to 100.
Errors: ProblemError 404 for a follower that the workspace does not have.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import DAYS_OF_TIME, Column, Filter, Table
from warehouse.web.pages.visit import Fact, Figure, Page, View, Visit, counted
from warehouse.web.resources import LISTS, Item, List, by
from warehouse.web.statements import Condition, pattern_of

TIERS = ("super_fan", "active", "lurker", "inactive")
STATES = ("new", "returning", "resurrected", "at_risk", "dormant")
NOBODY = (
    "Nobody has done anything yet; load what your platforms export and run `warehouse run`."
)

LEADERBOARD = Table(
    name="leaderboard",
    title="Leaderboard",
    source=next(each for each in LISTS if each.mart == "top_engaged_followers"),
    columns=(
        Column("rank", "Rank", "number"),
        Column("username", "Follower", "follower", "follower_id"),
        Column("platform", "Platform", "words"),
        Column("engagement_tier", "Tier", "tier"),
        Column("activity_state", "State", "words"),
        Column("engagement_score", "Score", "number"),
        Column("comment_count", "Comments", "number"),
        Column("interaction_count", "Interactions", "number"),
        Column("last_seen", "Last seen", "time"),
    ),
    empty=NOBODY,
    filters=(
        Filter("platform", "Platform"),
        Filter("engagement_tier", "Tier", TIERS),
        Filter("activity_state", "State", STATES),
    ),
    is_main=True,
)
DISTRIBUTION = Table(
    name="tiers",
    title="Tiers",
    source="follower_tiers",
    columns=(
        Column("engagement_tier", "Tier", "tier"),
        Column(
            "follower_count", "Followers", "number", about="Eligible followers of the tier."
        ),
        Column("active_count", "Active", "number", about="Those active in the last 30 days."),
        Column("new_count", "New", "number", about="Those who came in the last 30 days."),
        Column(
            "at_risk_count", "At risk", "number", about="Active in the 30 days before only."
        ),
    ),
    empty=NOBODY,
    mart="follower_engagement_scores",
    is_folded=True,
)
RETENTION = Table(
    name="retention",
    title="Retention of weekly cohorts",
    source="retention",
    columns=(
        Column("cohort_week", "Cohort week", "day"),
        Column("week_number", "Week", "number"),
        Column("cohort_size", "Followers", "number"),
        Column("active_count", "Active", "number"),
        Column("retention_rate", "Retained", "percent"),
        Column("is_complete", "Complete", "yes"),
    ),
    empty="There are no cohorts yet: nobody has been active at a known time.",
    mart="follower_retention",
    is_folded=True,
)
HISTORY = List(
    "followers/{id}/history",
    "interaction_history",
    sorts=(
        by("-occurred_at", "received_at", "interaction_id", has_nulls=True),
        by("occurred_at", "received_at", "interaction_id", has_nulls=True),
    ),
    filters=("interaction_type", "sentiment"),
    ranges=("occurred_at",),
)
TYPES = (
    *("comment", "like", "share", "save", "profile_visit", "link_click", "reaction"),
    *("mention", "dm", "query", "view", "click", "message", "voice_join", "follow", "join"),
)


def _said_by(visit: Visit) -> Sequence[Condition]:
    """Return the conditions of one follower, and of a part of what was said."""
    wanted = [Condition("participant_id", "=", visit.id)]
    if words := visit.values()["q"]:
        wanted.append(Condition("text", "ilike", pattern_of(words)))
    return wanted


OF_ONE = (
    Table(
        name="timeline",
        title="Timeline",
        source=HISTORY,
        columns=(
            Column("occurred_at", "When", "time"),
            Column("interaction_type", "Type", "words"),
            Column("text", "Text", "words-long"),
            Column("sentiment", "Sentiment", "sentiment"),
            Column("post_title", "On", "outside", "post_url"),
        ),
        empty="This follower has done nothing yet.",
        where=_said_by,
        filters=(
            Filter("q", "Text"),
            Filter("interaction_type", "Type", TYPES),
            Filter("sentiment", "Sentiment", ("positive", "neutral", "negative")),
            *DAYS_OF_TIME,
        ),
        is_main=True,
        limit=25,
    ),
    Table(
        name="alerts",
        title="Alerts",
        source="follower_alerts",
        columns=(
            Column("alert_kind", "Alert", "words"),
            Column("severity", "Severity", "words"),
            Column("evidence", "Evidence"),
            Column("since", "Since", "time"),
        ),
        empty="There is no alert about this follower.",
        mart="engagement_alerts",
    ),
    Table(
        name="decisions",
        title="Decisions",
        source="follower_decisions",
        columns=(
            Column("decided_at", "When", "time"),
            Column("decision", "Decision", "words"),
            Column("reason", "Reason"),
            Column("notes", "Notes"),
            Column("decided_by", "By"),
            Column("is_in_effect", "In effect", "yes"),
        ),
        empty="Nobody has decided anything; `warehouse decide` records it.",
        mart="participant_decisions",
    ),
    Table(
        name="parts",
        title="What the score is made of",
        source="score_parts",
        columns=(
            Column("interaction_type", "Type", "words"),
            Column("interaction_count", "Times", "number", about="Net of retractions."),
            Column("weight", "Points each", "number", about="The weight of the type."),
            Column("points", "Points", "number", about="Times multiplied by the weight."),
        ),
        empty="This follower has no interaction that counts for the score.",
    ),
    Table(
        name="days",
        title="Score over time",
        source="follower_days",
        columns=(
            Column("activity_date", "Day", "day"),
            Column("running_engagement_score", "Score", "number"),
            Column("points", "Points of the day", "number"),
            Column("interaction_count", "Interactions", "number"),
        ),
        empty="This follower has done nothing at a known time.",
        mart="follower_daily_activity",
        is_folded=True,
    ),
    Table(
        name="profiles",
        title="Profile over time",
        source="follower_profiles",
        columns=(
            Column("valid_from", "From", "time"),
            Column("username", "Name"),
            Column("display_name", "Shown as"),
            Column("follower_count", "Followers", "number"),
            Column("is_verified", "Verified", "yes"),
            Column("profile_url", "Profile", "address"),
        ),
        empty="No profile of this follower has been delivered.",
        mart="participant_profile_history",
    ),
)


def _overview(visit: Visit) -> View:
    tiers = visit.shown["tiers"].rows
    total = sum(row["follower_count"] for row in tiers)
    fans = sum(row["follower_count"] for row in tiers if row["engagement_tier"] == "super_fan")
    active = sum(row["active_count"] for row in tiers)
    leads = visit.here
    view = View(
        figures=[
            Figure("Eligible followers", values.number(total), period="with an interaction"),
            Figure(
                "Active",
                values.number(active),
                period=_share(active, total, "in the last 30 days"),
            ),
            Figure(
                "New",
                values.number(sum(row["new_count"] for row in tiers)),
                period="first seen in the last 30 days",
                href=leads(activity_state="new", cursor=None),
            ),
            Figure(
                "At risk",
                values.number(sum(row["at_risk_count"] for row in tiers)),
                period="active 31 to 60 days ago, not since",
                href=leads(activity_state="at_risk", cursor=None),
            ),
            Figure(
                "Super fans",
                values.number(fans),
                period=_share(fans, total, "of the followers"),
                href=leads(engagement_tier="super_fan", cursor=None),
            ),
        ]
    )
    if tiers:
        shown = [{**row, "label": values.words(row["engagement_tier"])} for row in tiers]
        view.charts.append(
            charts.chart(
                "How followers spread over the tiers",
                f"{counted(total, 'eligible follower')}, best tier first.",
                charts.bars(shown, "label", "follower_count", "followers", "engagement_tier"),
                "tiers",
            )
        )
    cells = visit.shown["retention"].rows
    if cells:
        shown = [{**row, "week": values.day(row["cohort_week"])} for row in cells]
        view.charts.append(
            charts.chart(
                "Who came back, week by week",
                "Per cent of each weekly cohort that was active in its week 0, 1, 2 …; a "
                "dashed frame marks a week that is not over.",
                charts.heat(
                    shown,
                    "week_number",
                    "week",
                    "retention_rate",
                    "weeks since the first interaction of the cohort",
                    write=lambda rate: f"{rate * 100:.0f}",
                    is_complete="is_complete",
                ),
                "retention",
            )
        )
    return view


def _share(part: int, whole: int, of: str) -> str:
    return f"{values.percent(part / whole)} {of}" if whole else of


def _one(visit: Visit) -> View:
    row = visit.item
    scores = visit.one("follower_scores")
    shown = {**row, **scores, "command": f"warehouse decide flag {row['id']} --reason …"}
    days = visit.shown["days"].rows
    name = row["username"] or row["display_name"] or row["platform_user_id"]
    view = View(
        heading=name,
        lead=f"A follower on {values.words(row['platform'])}"
        + (
            f", left out of leaderboards: {values.words(row['exclusion_reason'])}."
            if row["exclusion_reason"]
            else "."
        ),
        figures=[
            Figure(
                "Engagement score",
                values.number(scores["engagement_score"]),
                period=values.words(scores["engagement_tier"]),
                href="#parts",
            ),
            Figure(
                "Score of 30 days",
                values.number(scores["score_30d"]),
                period=values.words(scores["activity_state"]),
            ),
            Figure(
                "Interactions", values.number(row["total_interaction_count"]), href="#timeline"
            ),
            Figure(
                "Participant score", values.number(row["participant_score"]), period="of 100"
            ),
            Figure(
                "Sentiment",
                values.words(row["sentiment_trend"]),
                period=counted(row["labelled_count"], "label")
                + (", too few to trust" if row["is_insufficient"] else ""),
            ),
            Figure(
                "Followers of the account",
                values.number(row["follower_count"]),
                period="verified" if row["is_verified"] else "",
            ),
        ],
        facts=[
            Fact("Shown as", "display_name"),
            Fact("Profile", "profile_url", "address"),
            Fact("First interaction", "first_interaction_at", "time"),
            Fact("Last interaction", "last_interaction_at", "time"),
            Fact("VIP", "vip_reason", "reason"),
            Fact("Status", "vip_status", "words"),
            Fact("Flagged for review", "flag_reason"),
            Fact("Id there", "platform_user_id", "id"),
            Fact("Id here", "id", "id"),
            Fact("To decide about them", "command", "id"),
        ],
        row=shown,
    )
    if len(days) > 1:  # one day is no development
        view.charts.append(
            charts.chart(
                "Engagement score over time",
                f"{counted(days[-1]['running_engagement_score'], 'point')} at the last of "
                f"{counted(len(days), 'day')} with activity.",
                charts.line(days, "running_engagement_score", "points"),
                "days",
            )
        )
    return view


FOLLOWERS = Page(
    path="followers",
    title="Followers",
    lead="Who engages most, in which tier, and who comes back.",
    place="followers",
    tables=(LEADERBOARD, DISTRIBUTION, RETENTION),
    build=_overview,
)
FOLLOWER = Page(
    path="followers/{id}",
    title="Follower",
    lead="",
    place="followers",
    tables=OF_ONE,
    build=_one,
    item=Item("followers/{id}", "participant_profiles", "id", "follower"),
)
