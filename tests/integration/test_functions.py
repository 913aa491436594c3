"""The SQL functions take numbers of any type, are described, and are inlined."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from dbt_env import SEEDED, problems
from psycopg import sql

from warehouse.connection import Target
from warehouse.transform import Dbt

NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
DECLARED = """
select
    p.proname, p.provolatile, p.proparallel, l.lanname,
    coalesce(obj_description(p.oid, 'pg_proc'), '') <> '' as is_described
from pg_proc as p
inner join pg_language as l on p.prolang = l.oid
where p.pronamespace = 'marts'::regnamespace
"""


@pytest.fixture(scope="module", autouse=True)
def built(target: Target) -> None:
    """The seeds and functions, twice: a run replaces them."""
    for _ in range(2):
        result = Dbt(target).invoke(["build", "--select", *SEEDED])
        assert result.success, problems(result)


def test_each_is_immutable_parallel_safe_and_described(session: psycopg.Connection) -> None:
    declared = session.execute(DECLARED).fetchall()
    assert {name for name, *_ in declared} == {
        "calculate_engagement_score",
        "calculate_decayed_score",
        "determine_engagement_tier",
    }
    for name, *rest in declared:
        assert rest == ["i", "s", "sql", True], name


@pytest.mark.parametrize("number", NUMBERS)
def test_counts_and_scores_may_be_of_any_type(session: psycopg.Connection, number: str) -> None:
    for counts, score, tier in (
        ((1, 1, 1, 0, 0, 0), 16, "lurker"),
        ((0, 9, 0, 0, 0, 0), 9, "inactive"),
        ((1, 2, 3, 4, 5, 6), 174, "active"),
        ((0, 0, 0, 0, 0, 30000), 450000, "super_fan"),
        ((None, None, None, None, None, None), 0, "inactive"),
    ):
        cast = ", ".join([f"%s::{number}"] * 6)
        assert session.execute(
            f"select marts.calculate_engagement_score({cast}),"
            f" pg_typeof(marts.calculate_engagement_score({cast}))::text,"
            f" marts.calculate_decayed_score({cast}, 'epoch'::timestamptz) is not null",
            counts * 3,
        ).fetchone() == (score, "numeric", True)
        for shown in {score, min(score, 500)}:
            if number != "smallint" or shown < 32768:
                assert session.execute(
                    f"select marts.determine_engagement_tier(%s::{number})", (shown,)
                ).fetchone() == (tier,)


def test_types_may_be_mixed_and_written_as_they_come(session: psycopg.Connection) -> None:
    for arguments, score in (
        ("1, 1, 1, 0, 0, 0", 16),
        ("1, 1, 1, null, null, null", 16),
        ("1, 2::bigint, 1, 0, 0, 0", 17),
        ("1, 2.5, 1::bigint, 0, 0, 0", Decimal("17.5")),
        ("1, 2.5::double precision, 1::numeric, 0, 0, 0::bigint", Decimal("17.5")),
        ("0, 9007199254740993::bigint, 0::bigint, 0, 0, 0", 9007199254740993),
    ):
        assert session.execute(
            f"select marts.calculate_engagement_score({arguments})"
        ).fetchone() == (score,)
    for given, tier in (
        ("9", "inactive"),
        ("10", "lurker"),
        ("99.99", "lurker"),
        ("99.99999999999999::double precision", "lurker"),
        ("100::bigint", "active"),
        ("5e2", "super_fan"),
        ("null", None),
    ):
        assert session.execute(
            f"select marts.determine_engagement_tier({given})"
        ).fetchone() == (tier,)


@pytest.mark.parametrize("number", ["bigint", "numeric", "double precision"])
def test_the_planner_puts_them_into_the_query(session: psycopg.Connection, number: str) -> None:
    columns = sql.SQL(", ").join([sql.SQL("n::") + sql.SQL(number)] * 6)
    plan = session.execute(
        sql.SQL(
            "explain verbose select marts.calculate_engagement_score({columns}),"
            " marts.determine_engagement_tier(n::{number}),"
            " marts.calculate_decayed_score({columns}, '2026-05-01Z'::timestamptz)"
            " from generate_series(1, 9) as n"
        ).format(columns=columns, number=sql.SQL(number))
    ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "calculate_" not in text and "determine_" not in text, text
