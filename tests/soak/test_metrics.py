"""Metrics that MetricFlow computes are the numbers of the marts.

MetricFlow, of the extra `metrics`, answers in this process; `warehouse mf` once in its own.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import psycopg
import pytest
import yaml  # type: ignore[import-untyped]  # dbt brings it
from command_line import Console, process
from copies import ROOT

from warehouse.connection import Target
from warehouse.transform import environment

AS_OF = "2026-06-07T23:59:59Z"
DAY, PLACE = "metric_time__day", "place__platform"
Ask = Callable[..., set[tuple[Any, ...]]]

# a metric, what it is grouped by, and the same from the marts
QUESTIONS = {
    "interactions": (
        (PLACE,),
        "select platform, sum(interaction_count) from daily_activity group by 1",
    ),
    "engagement_points": (
        (DAY, PLACE),
        "select activity_date, platform, points from daily_activity",
    ),
    "new_followers": (
        (DAY, PLACE),
        "select activity_date, platform, new_follower_count from daily_activity",
    ),
    "active_followers": (
        (DAY, PLACE),
        "select activity_date, platform, active_follower_count from daily_activity"
        " where active_follower_count > 0",
    ),
    "interactions_28d": (
        (DAY,),
        "select activity_date, sum(sum(interaction_count)) over (order by activity_date range"
        " between interval '27 days' preceding and current row) from daily_activity group by 1",
    ),
    "content_points": (
        ("content__slug",),
        "select slug, sum(points) from content_daily_activity as days"
        " join content_items as items on items.id = days.content_id group by 1",
    ),
    "posts": (
        (PLACE,),
        "select platform, count(posted_at) from content_posts where not is_removed group by 1",
    ),
    "coverage_rate": (
        ("covered_post__interaction_type",),
        "select interaction_type, sum(observed_count)::numeric / nullif(sum(reported_count), 0)"
        " from content_coverage where observed_count is not null and reported_count is not null"
        " group by 1",
    ),
    "reported_interactions": (
        (PLACE,),
        "select platform, sum(reported_count) from content_coverage group by 1",
    ),
    "followers": (
        ("follower__engagement_tier",),
        "select engagement_tier, count(*) from follower_engagement_scores where is_eligible"
        " group by 1",
    ),
    "super_fan_share": (
        (),
        "select count(*) filter (where engagement_tier = 'super_fan')::numeric / count(*)"
        " from follower_engagement_scores where is_eligible",
    ),
    "average_engagement_score": (
        (PLACE,),
        "select platform, avg(engagement_score) from follower_engagement_scores"
        " where is_eligible group by 1",
    ),
    "retention_rate": (
        ("cohort__week_number",),
        "select week_number, sum(active_count)::numeric / sum(cohort_size)"
        " from follower_retention where week_number > 0 and is_complete group by 1",
    ),
    "negative_share": (
        (PLACE,),
        "select platform, nullif(count(*) filter (where sentiment = 'negative'), 0)::numeric"
        " / count(*) from interaction_history where sentiment is not null group by 1",
    ),
    "engagement_rate": (
        (),
        "select sum(click_count + like_count + share_count)::numeric / sum(view_count)"
        " from user_engagement",
    ),
}


@pytest.fixture(scope="module")
def needs_metrics() -> None:
    """Leave the tests out where the extra is not installed; in CI they fail."""
    if find_spec("dbt_metricflow") is None:
        said = "the extra metrics is not installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


@pytest.fixture(scope="module")
def built(needs_metrics: None, warehouse: Console) -> Console:
    """A warehouse with the samples."""
    paths = sorted(path for path in (ROOT / "samples").iterdir() if path.name != "late")
    assert warehouse("load", *paths, "-w", "spoke-and-kettle").code == 4
    assert warehouse("run", "--as-of", AS_OF).code == 4
    return warehouse


@pytest.fixture(scope="module")
def written(
    built: Console, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> list[list[str]]:
    """What the command writes; it leaves the semantic models where MetricFlow reads them."""
    file = tmp_path_factory.mktemp("mf") / "answer.csv"
    words = ["--metrics", "interactions", "--group-by", PLACE, "--csv", str(file), "--quiet"]
    running = process(target, "mf", "query", *words)
    said = running.communicate()
    assert running.returncode == 0, said
    with file.open(newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture(scope="module")
def ask(written: list[list[str]], target: Target) -> Iterator[Ask]:
    """Ask MetricFlow for a metric; the rows that have a number."""
    from dbt_metricflow.cli.cli_configuration import CLIConfiguration  # noqa: PLC0415 (extra)
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest  # noqa: PLC0415

    with environment(target):
        configuration = CLIConfiguration()
        configuration.setup(configure_file_logging=False)

        def answer(metric: str, *group_by: str) -> set[tuple[Any, ...]]:
            request = MetricFlowQueryRequest.create(
                metric_names=[metric], group_by_names=list(group_by)
            )
            table = configuration.mf.query(request).result_df
            assert table is not None
            return {plain(row) for row in table.rows if row[-1] is not None}

        yield answer


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row with days as text and numbers of nine digits."""
    *keys, number = row
    days = (key.date() if hasattr(key, "date") else key for key in keys)
    return (*map(str, days), round(Decimal(number), 9))


@pytest.mark.parametrize("metric", QUESTIONS)
def test_a_metric_is_the_number_of_the_mart(
    ask: Ask, session: psycopg.Connection, metric: str
) -> None:
    group_by, question = QUESTIONS[metric]
    session.execute("set search_path = marts")
    session.execute("set timezone = 'UTC'")
    rows = session.execute(question.encode()).fetchall()
    wanted = {plain(row) for row in rows if row[-1] is not None}
    found = ask(metric, *group_by)
    if metric == "interactions_28d":  # the time spine goes on to tomorrow
        found = {row for row in found if row[0] in {day for day, _ in wanted}}
    assert found == wanted
    assert wanted


def test_every_metric_has_an_answer(ask: Ask) -> None:
    names = [
        metric["name"]
        for file in (ROOT / "models" / "semantic").glob("metrics_*.yml")
        for metric in yaml.safe_load(file.read_text())["metrics"]
    ]
    assert len(names) > 30
    for name in names:
        group_by = (DAY,) if name in ("interactions_growth", "interactions_28d") else ()
        assert len(ask(name, *group_by)) >= (name != "link_clicks"), name


def test_the_command_writes_the_same(built: Console, written: list[list[str]]) -> None:
    asked = built("query", "--csv", QUESTIONS["interactions"][1]).out
    assert written[0] == [PLACE, "interactions"]
    wanted = {plain(tuple(row.split(","))) for row in asked.splitlines()[1:]}
    assert {plain(tuple(row)) for row in written[1:]} == wanted
