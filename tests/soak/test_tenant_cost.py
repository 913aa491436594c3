"""What the barrier costs: questions of a tenant against the marts with the same filter.

350,000 interactions of three workspaces, of which the tenant has 100,000. Both ask in turn, on
one connection each; the quickest answer of each counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.synthetic import Deliveries
from warehouse import loading, runs, tenants
from warehouse.connection import Target

WORKSPACES = {"acme": 100_000, "globex": 200_000, "initech": 50_000}
BEGIN, SPAN = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=110)
AS_OF = "2026-06-19T00:00:00Z"
COST = 1.1  # times as long
NOISE = {True: 0.002, False: 0.0003}  # seconds besides: of a whole mart, and of few rows
TURNS = 15
QUESTIONS = (  # the filter stands where the braces are, or nothing
    *(
        f"select count(*), count(mart::text) from {mart} as mart where true {{}}"  # noqa: S608 (our names)
        for mart in (
            *("followers", "follower_interactions", "follower_activity_timeline"),
            *("follower_engagement_scores", "content_cross_platform_summary", "daily_activity"),
            *("activity_heatmap", "follower_retention", "content_platform_rollup"),
            *("top_content", "engagement_alerts", "participant_profiles"),
        )
    ),
    "select * from followers where id = '{follower}' {}",
    "select * from follower_engagement_scores where follower_id = '{follower}' {}",
    "select * from follower_interactions where follower_id = '{follower}' {}",
    "select * from top_engaged_followers where engagement_tier = 'super_fan' {} limit 20",
    "select * from follower_interactions where occurred_at >= '2026-06-17' {}"
    " order by occurred_at desc limit 100",
    "select platform, count(*) from follower_interactions where true {} group by platform",
)


def _seconds(session: psycopg.Connection, question: str) -> float:
    began = time.perf_counter()
    session.execute(question.encode(), prepare=False).fetchall()
    return time.perf_counter() - began


def test_a_question_costs_what_its_filter_costs(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    for seed, (workspace, count) in enumerate(WORKSPACES.items()):
        file = tmp_path / f"{workspace}.ndjson"
        made = Deliveries(seed=seed, followers=share(count // 20), contents=share(400))
        made.write(file, share(count), BEGIN, SPAN)
        list(loading.load(session, [str(file)], loading.Declared(workspace)))
    outcome = runs.run(target, session, accept=True, as_of=AS_OF)
    assert outcome.is_successful, outcome
    session.execute("vacuum (analyze)")
    opened = tenants.add(session, "acme")
    login = replace(target, user=opened.login, password=opened.secret, is_analyst=True)
    row = session.execute(
        "select follower_id from marts.follower_engagement_scores where workspace_id = 'acme'"
        " order by interaction_count desc limit 1"
    ).fetchone()
    assert row is not None
    dear = []
    with login.connect(autocommit=True) as tenant, target.connect(autocommit=True) as owner:
        owner.execute("set search_path to marts")
        for each in (owner, tenant):
            each.execute("set max_parallel_workers_per_gather = 0")
        for question in QUESTIONS:
            asked = question.replace("{follower}", str(row[0]))
            pairs = [
                (
                    _seconds(owner, asked.format("and workspace_id = 'acme'")),
                    _seconds(tenant, asked.format("")),
                )
                for _ in range(TURNS)
            ]
            plain, through = (min(times) for times in zip(*pairs, strict=True))
            said = f"{asked}: {1000 * plain:.2f} ms, through the barrier {1000 * through:.2f}"
            sys.stderr.write(f"{said}\n")
            if through > COST * plain + NOISE["count(*)" in asked]:
                dear.append(said)
    tenants.remove(session, "acme")
    assert dear == []
