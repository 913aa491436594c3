"""The models run on PostgreSQL and on Apache Spark; what can be known of it without Java."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sql_constructs import findings
from sqlfluff.core import FluffConfig
from sqlfluff.core.templaters.jinja import JinjaTemplater

ROOT = Path(__file__).resolve().parents[2]
MACROS = sorted((ROOT / "macros").rglob("*.sql"))
MODELS = sorted(
    path
    for folder in ("models", "tests/dbt/singular")
    for path in (ROOT / folder).rglob("*.sql")
)
ENGINE_FOLDERS = ("portable", "relations", "strategies")  # of one engine's words
ARM = re.compile(r"\{%-? macro (postgres|spark)__(\w+)\(([^)]*)\)")
DISPATCHED = re.compile(r"adapter\.dispatch\('(\w+)'\)")


def arms(engine: str) -> dict[str, str]:
    """Return the arguments of an engine's arms, by the name of the macro."""
    found = (ARM.findall(path.read_text("utf-8")) for path in MACROS)
    return {
        name: arguments for each in found for kind, name, arguments in each if kind == engine
    }


def dispatched() -> set[str]:
    """Return the names of our macros that have an arm per engine."""
    return {name for path in MACROS for name in DISPATCHED.findall(path.read_text("utf-8"))}


def test_every_dispatched_macro_has_an_arm_for_either_engine() -> None:
    names = dispatched()
    assert len(names) > 40
    assert names - arms("postgres").keys() == set()
    assert names - arms("spark").keys() == set()


@pytest.mark.parametrize("name", sorted(dispatched()))
def test_both_arms_take_the_same(name: str) -> None:
    assert arms("spark")[name] == arms("postgres")[name]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_no_model_knows_its_engine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"target\.|adapter\.|keeps_runs|spark|\brow\(", text)


@pytest.mark.parametrize("path", MACROS, ids=lambda path: path.stem)
def test_rows_are_compared_without_the_word_row(path: Path) -> None:
    """Spark has no function of that name; two values in brackets are a row to both engines."""
    if path.parent.name not in ENGINE_FOLDERS:
        assert not re.search(r"\brow\(", path.read_text("utf-8"))


@cache
def templating() -> Any:
    """Return how the linter renders models: without a database, in PostgreSQL's dialect."""
    config = FluffConfig.from_path(str(ROOT / "models"))
    return JinjaTemplater().construct_render_func(fname="models", config=config)


def rendered(path: Path, *, is_incremental: bool) -> str:
    """Return the SQL of a model, added to or rebuilt."""
    environment, context, _ = templating()
    context["dbt"].is_incremental = lambda: is_incremental
    context["graph"].clear()  # what macros have found out
    text: str = environment.from_string(path.read_text("utf-8")).render(context)
    return text


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_spark_reads_the_model_as_postgresql_does(path: Path) -> None:
    assert findings(rendered(path, is_incremental=False)) == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("select least(one.at) from one", "take two arguments"),
        (
            "select per.n from one cross join lateral (values ('a', one.a)) as per (t, n)",
            "write select",
        ),
        (
            "select count(*) over so_far from one"
            " window first as (order by at), so_far as (first rows unbounded preceding)",
            "window so_far",
        ),
        (
            "select 1 from one inner join lateral"
            " (select two.b from two where two.a = one.a limit 1) as nxt on nxt.b",
            "use where",
        ),
        (
            "select 1 from one cross join lateral (select 1 from two cross join lateral"
            " (select three.a from three where three.a = one.a) as low) as mid",
            "one.a: two levels out",
        ),
        (
            "select 1 from one cross join lateral"
            " (select count(*) filter (where two.b <= one.b) as n from two) as mid",
            "aggregates own and outer columns",
        ),
        (
            "select one.a, (select min(two.b) from two where two.a = one.a)"
            " from one group by one.a",
            "look up after grouping",
        ),
        (
            "select 1 from one left join lateral (select two.b from two"
            " where two.a = md5(one.a) order by two.c limit 1) as mid on true",
            "before a limit, compare columns only",
        ),
        (
            "select 1 from one cross join lateral (select few.b from (select two.b from two"
            " where two.a = one.a + 1 limit 3) as few) as mid",
            "before a limit, compare columns only",
        ),
    ],
)
def test_what_spark_reads_otherwise_is_found(statement: str, finding: str) -> None:
    assert any(finding in found for found in findings(statement)), findings(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from one left join lateral (select two.b from two"
        " where two.a = one.a and md5(two.c) = one.c limit 1) as mid on true",
        "select 1 from one cross join lateral (select num.b from (select one.a as b from two)"
        " as num inner join lateral (select three.a from three where three.a = num.b) as low"
        " on true) as mid",
        "select 1 from one where one.a in (select two.a from two where two.b = one.b)",
    ],
)
def test_what_spark_reads_rightly_is_left(statement: str) -> None:
    assert findings(statement) == []
