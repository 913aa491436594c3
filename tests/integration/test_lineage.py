"""Every mart is near the ledger, and one column needs few models to be understood.

Hops come from the manifest: the longest way of references from the mart to the ledger. Files
come from the compiled SQL: the models through which a column's value passes on its ways to the
ledger, mart and ledger included. Columns that only join or filter are not followed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from warehouse.connection import Target
from warehouse.transform import Dbt

LEDGER = "interaction_ledger"
MOST_HOPS = 3
MOST_FILES = 6

COLUMNS = [
    ("follower_engagement_scores", "engagement_score"),
    ("participant_profiles", "participant_score"),
    ("content_cross_platform_summary", "best_platform"),
]


@pytest.fixture(scope="module")
def models(target: Target) -> dict[str, dict[str, Any]]:
    """Return the models and seeds of the compiled project by name."""
    assert Dbt(target).invoke(["seed"]).success
    manifest: Any = Dbt(target).invoke(["parse"]).result
    compiled: Any = Dbt(target).invoke(["compile"])
    assert compiled.success
    sql = {done.node.unique_id: done.node.compiled_code for done in compiled.result.results}
    return {
        node.name: {**node.to_dict(), "compiled_code": sql.get(node.unique_id)}
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed")
    }


def parents(models: dict[str, dict[str, Any]], name: str) -> Iterator[str]:
    """Yield the models that a model reads."""
    for parent in models[name].get("depends_on", {}).get("nodes", []):
        if parent.startswith("model."):
            yield parent.rsplit(".", 1)[-1]


def hops(models: dict[str, dict[str, Any]], name: str) -> int | None:
    """Return the length of the longest way from a model to the ledger, or None without one."""

    @functools.cache
    def longest(model: str) -> int | None:
        if model == LEDGER:
            return 0
        ways = [way for way in map(longest, parents(models, model)) if way is not None]
        return 1 + max(ways) if ways else None

    return longest(name)


def leaves(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the columns of stored or viewed relations that a column is made of."""
    if isinstance(node.expression, exp.Table) and not node.downstream:
        yield node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')
    for below in node.downstream:
        yield from leaves(below)


def files(models: dict[str, dict[str, Any]], mart: str, column: str) -> set[str]:
    """Return the models through which a column's value passes from the ledger to the mart."""
    schema = {
        model["schema"]: {
            other["name"]: dict.fromkeys(other["columns"], "text")
            for other in models.values()
            if other["schema"] == model["schema"]
        }
        for model in models.values()
    }

    @functools.cache
    def passed(model: str, column: str) -> frozenset[str]:
        if model == LEDGER:
            return frozenset({LEDGER})
        if models[model]["resource_type"] == "seed":
            return frozenset()
        sql = models[model]["compiled_code"]
        node = lineage(column, sql, schema=schema, dialect="postgres")
        below: set[str] = set()
        for parent, source in set(leaves(node)):
            if parent in models and parent != model:
                below |= passed(parent, source)
        return frozenset(below | {model}) if below else frozenset()

    return set(passed(mart, column))


def test_a_mart_is_three_hops_from_the_ledger(models: dict[str, dict[str, Any]]) -> None:
    marts = [name for name, model in models.items() if model["schema"] == "marts"]
    far = {
        mart: count
        for mart in marts
        if (count := hops(models, mart)) is not None and count > MOST_HOPS
    }
    assert far == {}


@pytest.mark.parametrize(("mart", "column"), COLUMNS)
def test_a_column_is_understood_from_six_models(
    models: dict[str, dict[str, Any]], mart: str, column: str
) -> None:
    found = files(models, mart, column)
    assert {mart, LEDGER} <= found
    assert len(found) <= MOST_FILES, sorted(found)
