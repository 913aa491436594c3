"""Every relation is on Spark what it is in PostgreSQL, row by row; published marts, too.

`make spark-parity` runs this and shows the last sentence of its comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import served
from built_home import TEMPLATE, copy_database
from copies import ROOT
from model_builds import ModelBuilds
from psycopg import sql
from psycopg.rows import dict_row
from random_histories import AS_OF
from relation_comparison import difference
from served_answers import answers
from spark_parity import OF_SAMPLES, RESULTS, compare_builds, land_histories

from warehouse import connection, database, demo, demo_database, queries
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.lake.build import OF_POSTGRESQL
from warehouse.lake.orders import order_of
from warehouse.lake.publish import TIMES, publish
from warehouse.web import contracts
from warehouse.web.settings import Settings

HISTORIES = range(20)  # tests/soak/test_spark_histories.py has more
HISTORIES_AND_SAMPLES = "Random histories and samples"
DEMO = "warehouse_demo"
WORKERS = "local-cluster[2,1,2048]"

pytestmark = pytest.mark.usefixtures("needs_spark")


@pytest.fixture(scope="module")
def lake(
    target: Target, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A lake with the build that was compared."""
    land_histories(target, session, HISTORIES)
    folder = tmp_path_factory.mktemp("parity")
    return compare_builds(HISTORIES_AND_SAMPLES, session, folder, AS_OF, "local[2]")


def test_random_histories_and_samples(lake: Path) -> None:
    assert lake.is_dir()
    assert RESULTS[HISTORIES_AND_SAMPLES].differences == []


@pytest.fixture(scope="module")
def published(
    lake: Path, session: psycopg.Connection, state_folder: Path
) -> Iterator[tuple[Target, psycopg.Connection]]:
    """A database to which the marts were published; its seeds are those of the other one."""
    copy_database(connection.resolve("postgres"), TEMPLATE, "published")
    target = connection.resolve("published")
    with target.connect(autocommit=True) as serving:
        database.prepare(serving)
        for file in (ROOT / "seeds").glob("*.csv"):
            name = sql.Identifier(file.stem)
            serving.execute(sql.SQL("delete from seeds.{}").format(name))
            with (
                session.cursor().copy(sql.SQL("copy seeds.{} to stdout").format(name)) as rows,
                serving.cursor().copy(sql.SQL("copy seeds.{} from stdin").format(name)) as into,
            ):
                for block in rows:
                    into.write(block)
        told = publish(target, serving, lake)
        assert (told.as_of, told.mart_count) == (AS_OF, len(MARTS))
        yield target, serving


def test_the_demo_on_workers_of_their_own(state_folder: Path, tmp_path: Path) -> None:
    """What a worker computes goes to another process, and files are written by several."""
    copy_database(connection.resolve("postgres"), TEMPLATE, DEMO)  # a build less
    assert demo.show() == 0
    title = f"The demo on {WORKERS}"
    instant = datetime.fromisoformat(demo.AS_OF)
    target = demo_database.resolve()
    # what a run has corrected stays in the ledger, with its reversal, until a rebuild
    ModelBuilds(target).build(instant, rebuild=True)
    with target.connect(autocommit=True) as session:
        compare_builds(title, session, tmp_path, instant, WORKERS)
    assert RESULTS[title].differences == []


MARTS = [name for name in contracts.names() if name not in OF_POSTGRESQL]


def mart_rows(session: psycopg.Connection, mart: str) -> list[dict[str, Any]]:
    """Return the rows of a mart in its order."""
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("table marts.{}").format(sql.Identifier(mart))).fetchall()


def test_a_published_mart_is_that_of_an_ordinary_run(
    session: psycopg.Connection, published: tuple[Target, psycopg.Connection]
) -> None:
    _, serving = published
    found = []
    for mart in MARTS:
        documents = {name for name, kind in contracts.types(mart).items() if kind == "jsonb"}
        ours, theirs = mart_rows(session, mart), mart_rows(serving, mart)
        found.append(difference(mart, documents, ours, theirs))
        if order_of(mart) is not None and "rank" in contracts.types(mart):
            ranks = [[row["rank"] for row in rows] for rows in (ours, theirs)]
            assert ranks[0] == ranks[1], mart
    assert [each for each in found if each is not None] == []


def as_it_is(target: Target) -> Target:
    """Return a database that is known."""
    return target


def test_pages_and_api_answer_as_of_an_ordinary_run(
    target: Target,
    session: psycopg.Connection,
    state_folder: Path,
    published: tuple[Target, psycopg.Connection],
) -> None:
    (busiest,) = session.execute(
        "select workspace_id from marts.follower_interactions where workspace_id <> %s"
        " group by 1 order by count(*) desc, 1 limit 1",
        (OF_SAMPLES,),
    )
    found = []
    for database_ in (target, published[0]):
        with (
            served.serving(Settings(partial(as_it_is, database_), state_folder)) as url,
            httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
        ):
            found.append(dict(answers(client, (OF_SAMPLES, busiest[0]))))
    ours, theirs = found
    assert len(ours) > 50
    differing = [url for url in ours.keys() | theirs.keys() if ours.get(url) != theirs.get(url)]
    assert differing == [], {url: (ours.get(url), theirs.get(url)) for url in differing[:1]}


VERBATIM = [
    "SELECT title, platform_count, platforms, total_comments, best_platform"
    " FROM content_cross_platform_summary WHERE total_comments > 0"
    " ORDER BY total_comments DESC",
    "SELECT username, platform, engagement_score, engagement_tier, comment_count"
    " FROM top_engaged_followers WHERE engagement_tier = 'super_fan' LIMIT 20",
    "SELECT username, interaction_type, interaction_value, occurred_at"
    " FROM follower_activity_timeline WHERE follower_id = ("
    "SELECT follower_id FROM follower_activity_timeline GROUP BY 1"
    " ORDER BY count(*) DESC, 1 LIMIT 1) ORDER BY occurred_at DESC",
    "SELECT cohort_week, platform, follower_count, active_30d, super_fans"
    " FROM follower_cohorts ORDER BY cohort_week DESC",
    "SELECT post_id, AVG((metadata->>'duration')::int) as avg_duration FROM user_interaction"
    " WHERE interaction_type = 'view' AND metadata->>'duration' IS NOT NULL"
    " GROUP BY post_id ORDER BY avg_duration DESC LIMIT 10",
]


@pytest.mark.parametrize("question", VERBATIM)
def test_documented_questions_of_analysts(
    target: Target, published: tuple[Target, psycopg.Connection], question: str
) -> None:
    found = []
    for database_ in (target, published[0]):
        with queries.analyst(database_) as asking:
            columns, rows = queries.ask(asking, question)
            found.append([dict(zip(columns, row, strict=True)) for row in rows])
    assert found[0]
    assert difference("answer", set(), *found) is None


def test_a_day_bounds_single_interactions(
    lake: Path, published: tuple[Target, psycopg.Connection]
) -> None:
    target, serving = published
    before = {mart: len(mart_rows(serving, mart)) for mart in MARTS}
    since = datetime(AS_OF.year, AS_OF.month, 1, tzinfo=AS_OF.tzinfo)
    publish(target, serving, lake, since=since.isoformat())
    for mart in MARTS:
        rows = mart_rows(serving, mart)
        if (time := TIMES.get(mart)) is None:
            assert len(rows) == before[mart], mart
        else:
            assert 0 < len(rows) < before[mart], mart
            assert all((row[time] or row["received_at"]) >= since for row in rows)
    (tables,) = serving.execute(
        "select count(*) from pg_tables where schemaname = 'core' and tablename ~ '^published_'"
    ).fetchall()[0]
    assert tables == len(MARTS)  # those of the first publication are gone


def test_a_publication_that_breaks_off_is_made_good(
    lake: Path, published: tuple[Target, psycopg.Connection]
) -> None:
    target, serving = published
    publish(target, serving, lake)
    before = {mart: mart_rows(serving, mart) for mart in MARTS}

    def stop(mart: str, number: int, total: int) -> None:
        if number == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(target, serving, lake, since=AS_OF.isoformat(), on_step=stop)
    shown = {mart: len(mart_rows(serving, mart)) for mart in MARTS}
    is_new = [name for name in TIMES if shown[name] < len(before[name])]
    assert 0 < len(is_new) < len(TIMES)  # each is whole, as it was or as it is to be
    assert all(shown[mart] == len(before[mart]) for mart in MARTS if mart not in TIMES)
    publish(target, serving, lake)
    for mart, rows in before.items():
        assert len(mart_rows(serving, mart)) == len(rows), mart


def test_a_warehouse_with_loads_is_not_published_to(
    lake: Path, target: Target, session: psycopg.Connection
) -> None:
    with pytest.raises(WarehouseError, match="is a warehouse of its own"):
        publish(target, session, lake)
