"""Participants: whom to look after. VIPs and why, negative trends, the review queue, blocked.

Source: participant_profiles.
Shape:  one page with four lists.
Units:  participant points, 0 to 100.
Errors: ProblemError 422 for a cursor of another question.
"""

from __future__ import annotations

from warehouse.web.pages import charts, values
from warehouse.web.pages.cells import VIP_REASONS
from warehouse.web.pages.tables import Column, Table
from warehouse.web.pages.visit import Figure, Page, View, Visit, counted
from warehouse.web.resources import List, by
from warehouse.web.statements import Condition

NAME = Column(
    *("username", "Participant", "follower", "id"),
    otherwise=("display_name", "platform_user_id"),  # some platforms tell no user names
)
PLATFORM = Column("platform", "Platform", "words")
SCORE = Column("participant_score", "Score", "number")
COUNT = Column("interaction_count", "Interactions", "number")
TREND = Column("sentiment_trend", "Sentiment", "sentiment")
LAST = Column("last_interaction_at", "Last interaction", "time")


def _list(path: str) -> List:
    """Return a list of participants; each has the same sorts."""
    return List(
        f"participants/{path}",
        "participant_profiles",
        sorts=(
            by("-interaction_count", "id"),
            by("interaction_count", "id"),
            by("-follower_count", "id", has_nulls=True),
            by("-last_interaction_at", "id", has_nulls=True),
        ),
        is_computed=True,
    )


VIPS = Table(
    name="vips",
    title="VIPs, and why",
    source=_list("vips"),
    columns=(
        NAME,
        PLATFORM,
        Column("vip_reason", "Why", "reason"),
        SCORE,
        COUNT,
        Column("follower_count", "Followers", "number"),
        Column("is_verified", "Verified", "yes"),
        TREND,
        LAST,
    ),
    empty="Nobody is a VIP; `warehouse decide vip FOLLOWER` makes somebody one.",
    where=lambda _: [Condition("is_vip", "=", True)],
    limit=25,
)
NEGATIVE = Table(
    name="negative",
    title="Negative trends",
    source=_list("negative"),
    columns=(
        NAME,
        PLATFORM,
        TREND,
        Column("labelled_count", "Labels", "number"),
        Column("is_insufficient", "Too few labels", "yes"),
        SCORE,
        COUNT,
        LAST,
    ),
    empty="Nobody's last interactions are negative; `warehouse label` labels new texts.",
    where=lambda _: [Condition("sentiment_trend", "=", "negative")],
    limit=25,
)
REVIEW = Table(
    name="review",
    title="Review queue",
    source=_list("review"),
    columns=(
        NAME,
        PLATFORM,
        Column("flag_reason", "Flagged because"),
        Column("flagged_at", "Flagged", "time"),
        TREND,
        SCORE,
        LAST,
    ),
    empty="The queue is empty; `warehouse decide flag FOLLOWER --reason …` adds somebody.",
    where=lambda _: [Condition("flagged_for_review", "=", True)],
    limit=25,
)
BLOCKED = Table(
    name="blocked",
    title="Blocked",
    source=_list("blocked"),
    columns=(NAME, PLATFORM, COUNT, LAST),
    empty="Nobody is blocked.",
    where=lambda _: [Condition("vip_status", "=", "blocked")],
    limit=25,
)
REASONS = Table(
    name="reasons",
    title="VIPs by reason",
    source="vip_reasons",
    columns=(
        Column("vip_reason", "Why", "reason"),
        Column("participant_count", "VIPs", "number", about="Participants with that reason."),
    ),
    empty="Nobody is a VIP.",
    mart="participant_profiles",
    is_folded=True,
)


def _view(visit: Visit) -> View:
    totals = visit.one("participant_totals")
    reasons = visit.shown["reasons"].rows
    vip_count = sum(row["participant_count"] for row in reasons)
    view = View(
        figures=[
            Figure("VIPs", values.number(vip_count), href="#vips"),
            Figure(
                "Negative trends", values.number(totals["negative_count"]), href="#negative"
            ),
            Figure("To review", values.number(totals["flagged_count"]), href="#review"),
            Figure("Blocked", values.number(totals["blocked_count"]), href="#blocked"),
            Figure(
                "Participants",
                values.number(totals["participant_count"]),
                period="left out of leaderboards included",
            ),
        ]
    )
    if reasons:
        shown = [{**row, "name": VIP_REASONS.get(row["vip_reason"])} for row in reasons]
        view.charts.append(
            charts.chart(
                "Why people are VIPs",
                f"{counted(vip_count, 'VIP')}; the first reason that holds counts.",
                charts.bars(shown, "name", "participant_count", "participants"),
                "reasons",
            )
        )
    return view


PARTICIPANTS = Page(
    path="participants",
    title="Participants",
    lead="Whom to look after: VIPs, those who are unhappy, and those who wait for a decision.",
    place="participants",
    tables=(VIPS, NEGATIVE, REVIEW, BLOCKED, REASONS),
    build=_view,
    early=("vip_reasons", "participant_totals"),
)
