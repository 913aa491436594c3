"""Issues: what people keep asking about, and who asks about one of them.

Source: issue_engagements.
Shape:  two pages; an issue is named by its own id, like WEB-142.
Units:  scores from 0 to 1 per person, as of the moment of the question.
Errors: ProblemError 404 for an issue that nobody of the workspace engaged with.
"""

from __future__ import annotations

from warehouse.web.pages import charts, values
from warehouse.web.pages.tables import Column, Row, Table
from warehouse.web.pages.visit import Figure, Page, View, Visit, counted, moment
from warehouse.web.resources import List, by
from warehouse.web.statements import Condition

NOTHING = "Nobody has asked about an issue; ids like WEB-142 in texts, or a tracker, name them."
ISSUES_TABLE = Table(
    name="issues",
    title="What people keep asking about",
    source="issues",
    columns=(
        Column("issue_id", "Issue", "issue"),
        Column("person_count", "People", "number", about="Followers who engaged with it."),
        Column("interaction_count", "Times", "number"),
        Column(
            "engagement_score", "Best score", "number", about="The highest of one follower."
        ),
        Column(
            "score_after_staleness",
            "After staleness",
            "number",
            about="The same, less a share for each day idle after 30 days.",
        ),
        Column("query_count", "Questions", "number"),
        Column("mention_count", "Mentions", "number"),
        Column("view_count", "Views", "number"),
        Column("last_interaction", "Last", "time"),
    ),
    empty=NOTHING,
    mart="issue_engagements",
)
WHO = Table(
    name="people",
    title="Who asks",
    source=List(
        "issues/people",
        "issue_engagements",
        sorts=(
            by("-interaction_count", "issue_id", "follower_id"),
            by("interaction_count", "issue_id", "follower_id"),
            by("-last_interaction", "issue_id", "follower_id", has_nulls=True),
        ),
    ),
    columns=(
        Column("username", "Follower", "follower", "follower_id"),
        Column("platform", "Platform", "words"),
        Column("interaction_count", "Times", "number"),
        Column("engagement_score", "Score", "number"),
        Column("score_after_staleness", "After staleness", "number"),
        Column("last_interaction_type", "Last was", "words"),
        Column("context", "Last text", "words-long"),
        Column("last_interaction", "Last", "time"),
    ),
    empty="Nobody has engaged with this issue.",
    where=lambda visit: [Condition("issue_id", "=", visit.id)],
    is_main=True,
)


def _overview(visit: Visit) -> View:
    rows = visit.shown["issues"].rows
    totals = visit.one("issue_totals")
    view = View(
        figures=[
            Figure("Issues", values.number(totals["issue_count"])),
            Figure("People", values.number(totals["person_count"])),
            Figure("Times", values.number(totals["interaction_count"])),
            Figure(
                "Active",
                values.number(totals["active_count"]),
                period="issues with an interaction in 30 days",
            ),
        ]
    )
    if rows:
        view.charts.append(
            charts.chart(
                "Issues that people ask about most",
                f"{rows[0]['issue_id']} leads, asked about "
                f"{counted(rows[0]['interaction_count'], 'time')}.",
                charts.bars(rows[:10], "issue_id", "interaction_count", "times"),
                "issues",
            )
        )
    return view


def _about(visit: Visit) -> Row | None:
    """Return what all people together did with an issue."""
    row = visit.one("issue")
    return row if row["person_count"] else None


def _one(visit: Visit) -> View:
    row = visit.item
    return View(
        heading=row["issue_id"],
        lead="Who engages with this issue, and how lately.",
        figures=[
            Figure("People", values.number(row["person_count"]), href="#people"),
            Figure("Times", values.number(row["interaction_count"])),
            Figure("Best score", values.number(row["engagement_score"]), period="of 1"),
            Figure(
                "After staleness", values.number(row["score_after_staleness"]), period="of 1"
            ),
            moment("Last", row["last_interaction"], visit),
        ],
    )


ISSUES = Page(
    path="issues",
    title="Issues",
    lead="What people keep asking about, how strongly, and how lately.",
    place="issues",
    tables=(ISSUES_TABLE,),
    build=_overview,
)
ISSUE = Page(
    path="issues/{id:path}",
    title="Issue",
    lead="",
    place="issues",
    tables=(WHO,),
    build=_one,
    about=_about,
)
