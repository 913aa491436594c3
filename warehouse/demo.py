"""The demo: the sample exports, landed and built, and what the marts answer.

Source: samples/, whose story ends on 2026-06-07; its last day is the as-of instant.
Shape:  tables and sentences on standard output; a database of its own.
Errors: WarehouseError where that database cannot be made or the build fails.
"""

from __future__ import annotations

from collections import defaultdict

import psycopg

from warehouse import (
    analysts,
    console,
    database,
    decisions,
    demo_database,
    loading,
    queries,
    runs,
    state,
)
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import FAILED, WarehouseError
from warehouse.reports.loads import show_loads
from warehouse.reports.runs import show_run

WORKSPACE = "spoke-and-kettle"
AS_OF = "2026-06-07T23:59:59Z"
LATE = "late"
PAGES = "http://127.0.0.1:8765/analytics"  # where `warehouse serve` has them by default

LEADERBOARD = """\
select rank, username, platform, engagement_score as score, engagement_tier as tier,
    comment_count as comments, activity_state as state
from top_engaged_followers where rank <= 10 order by rank"""
SUMMARY = """\
select title, platforms, total_comments as comments, best_platform as best,
    best_platform_normalised as normalised
from content_cross_platform_summary where total_comments > 0 order by total_comments desc"""
COHORTS = """\
select cohort_week, sum(follower_count) as followers, sum(active_30d) as active_30d,
    sum(super_fans) as super_fans
from follower_cohorts group by cohort_week order by cohort_week"""
PARTICIPANTS = """\
select coalesce(username, display_name, platform_user_id) as username, platform,
    participant_score as score, coalesce(vip_reason, '') as vip,
    coalesce(sentiment_trend, '') as trend, coalesce(flag_reason, '') as flagged
from participant_profiles where is_vip or sentiment_trend = 'negative'
order by participant_score desc"""
ISSUES = """\
select issue_id as issue, count(*) as people, sum(interaction_count) as times,
    max(engagement_score) as score, max(last_interaction) as last
from issue_engagements group by issue_id order by times desc, issue limit 3"""
DAYS = """\
select activity_date as day, community_name as community, message_count as messages,
    active_member_count as members, first_timer_count as first_timers, peak_hour as peak,
    top_members -> 0 ->> 'username' as most_active, baseline_interaction_count as usual
from daily_highlights order by activity_date desc, community limit 3"""
FEED = """\
select top.rank, top.title, top.engagement_count as engagement, top.share_count as shares,
    round(dur.median_duration_ms / 1000) as median_seconds
from top_engaged_posts as top left join post_view_duration as dur using (post_key)
where top.rank <= 3 order by top.rank"""
ALERTS = """\
select username, platform, severity, evidence from engagement_alerts"""
RETENTION = """\
select cohort_week, week_number, sum(active_count)::float / sum(cohort_size) as retained
from follower_retention group by cohort_week, week_number order by cohort_week, week_number"""


def show() -> int:
    """Land and build what is new, say so where nothing is; show what the marts answer."""
    target = demo_database.resolve()
    with target.connect(autocommit=True) as session:
        database.prepare(session)
        if target.embedded and target.prefix:
            analysts.admit_login(session, server.ANALYST)
        is_new = _land_and_run(target, session, is_late=False)
        _decide(session)
        is_new = _land_and_run(target, session, is_late=True) or is_new
    if not is_new:
        console.say(
            "There is nothing new: the samples are loaded and the marts are up to date."
        )
    _show_answers(target)
    _show_next(target)
    return 0


def _land_and_run(target: Target, session: psycopg.Connection, *, is_late: bool) -> bool:
    """Land one part of the samples and bring the marts up to date; whether that was needed."""
    root = state.project_root() / "samples"
    paths = (
        [root / LATE] if is_late else [path for path in root.iterdir() if _is_first(path.name)]
    )
    names = [name for path in sorted(paths) for name in loading.find([str(path)])]
    results = list(loading.load(session, names, loading.Declared(WORKSPACE)))
    if any(result.load is not None and result.load.is_new for result in results):
        console.title(
            "A week of April that arrived late" if is_late else "The samples, as delivered"
        )
        show_loads(results)
        _show_rejects(
            session, [r.load.load_id for r in results if r.load and r.load.n_rejected]
        )
    with console.steps("Building") as on_step:
        outcome = runs.run(target, session, as_of=AS_OF, on_step=on_step)
    if not outcome.is_successful:
        show_run(outcome)
        raise WarehouseError("The demo could not be built; see above.", FAILED)
    if outcome.run_seq is not None:
        show_run(outcome)
    return outcome.run_seq is not None


def _is_first(name: str) -> bool:
    return name != LATE and not name.startswith(".") and not name.endswith((".md", ".csv"))


def _decide(session: psycopg.Connection) -> None:
    """Enter the story's decisions once: who belongs to the workshop, who is dear to it."""
    file = state.project_root() / "samples" / "decisions.csv"
    decisions.record(session, decisions.read(session, file, WORKSPACE))


def _show_rejects(session: psycopg.Connection, load_ids: list[int]) -> None:
    rows = session.execute(
        "select lds.source_name, rej.line_no, rej.reason, rej.detail"
        " from raw.rejects as rej inner join raw.loads as lds using (load_id)"
        " where rej.load_id = any(%s) order by lds.load_id, rej.line_no",
        (load_ids,),
    ).fetchall()
    if rows:
        shown = [
            (console.short_path(name), line_no, reason, console.what_is_wrong(detail))
            for name, line_no, reason, detail in rows
        ]
        console.table(["file", "record", "reason", "what is wrong"], shown, "Rejected, and why")


def _show_answers(target: Target) -> None:
    console.title(f"What the marts say, as of {AS_OF[:10]}, the last day of the story")
    with queries.analyst(target) as session:
        for title, statement in (
            ("Leaderboard: the most engaged followers", LEADERBOARD),
            ("Content across platforms, with the best one for each item", SUMMARY),
            ("People to know: VIPs and why, and who is unhappy", PARTICIPANTS),
            ("Who needs attention, and why", ALERTS),
            ("Issues that people keep asking about", ISSUES),
            ("The community's last days", DAYS),
            ("Best posts of the product's own feed, in the last week", FEED),
            ("Weekly cohorts: who came when, and who is still here", COHORTS),
        ):
            console.table(*queries.ask(session, statement), title, console.WIDEST_CELL)
        _, cells = queries.ask(session, RETENTION)
    weeks: dict[object, dict[int, float]] = defaultdict(dict)
    for cohort_week, week_number, retained in cells:
        weeks[cohort_week][week_number] = retained
    console.heatmap(
        "Retention: per cent of a cohort that is active in its week 0, 1, 2, …", weeks
    )


def _show_next(target: Target) -> None:
    console.title("What to do next")
    analyst = target.analyst()
    lines = [
        ("Ask", 'warehouse query --demo "select * from follower_retention"'),
        ("BI tool", analyst.display()),
        ("Your data", "warehouse load PATH --workspace NAME, then warehouse run"),
        ("Stop", "warehouse down"),
    ]
    if target.embedded:
        lines.insert(2, ("", f"(password in {state.home() / analyst.user}.password)"))
    else:
        lines.pop()
    lines.append(("Look", f"warehouse serve --demo, then open {PAGES}"))
    for label, text in lines:
        console.say(f"  {label:<10} {text}")
