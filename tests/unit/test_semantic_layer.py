"""The semantic layer: what it names exists in the marts, without dbt and without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml  # type: ignore[import-untyped]  # dbt brings it
from sqlglot import expressions

from warehouse import transform
from warehouse.errors import WarehouseError

ROOT = Path(__file__).parents[2]
DIMENSION = re.compile(r"Dimension\('(\w+?)__(\w+)'\)")
REF = re.compile(r"ref\('(\w+)'\)")

Yaml = dict[str, Any]


def declared(key: str, folder: str) -> list[Yaml]:
    """Return what the files of a folder of models declare under a key."""
    files = sorted((ROOT / "models" / folder).rglob("*.yml"))
    read = [yaml.load(file.read_text(), yaml.CSafeLoader) for file in files]
    return [each for content in read for each in content.get(key) or []]


MODELS = {model["name"]: model for model in declared("models", "")}
SEMANTIC = declared("semantic_models", "semantic")
METRICS = {metric["name"]: metric for metric in declared("metrics", "semantic")}
MEASURES = {
    measure["name"]: semantic
    for semantic in SEMANTIC
    for measure in semantic.get("measures", [])
}


def expressions_of(semantic: Yaml) -> Iterator[str]:
    """Yield the SQL of the entities, dimensions and measures."""
    for kind in ("entities", "dimensions", "measures"):
        for each in semantic.get(kind, []):
            yield str(each.get("expr", each["name"]))


def dimensions() -> set[tuple[str, str]]:
    """Return the dimensions that a filter may name, each after its entity."""
    found = set()
    for semantic in SEMANTIC:
        entities = semantic.get("entities", [])
        primary = [each["name"] for each in entities if each["type"] == "primary"]
        (entity,) = [*primary, *filter(None, [semantic.get("primary_entity")])]
        found |= {(entity, each["name"]) for each in semantic.get("dimensions", [])}
    return found


def inputs(metric: Yaml) -> Iterator[str | Yaml]:
    """Yield the metrics that a metric is made of."""
    parameters = metric["type_params"]
    yield from parameters.get("metrics", [])
    yield from (parameters[key] for key in ("numerator", "denominator") if key in parameters)


@pytest.mark.parametrize("semantic", SEMANTIC, ids=lambda each: each["name"])
def test_a_semantic_model_names_columns_of_its_mart(semantic: Yaml) -> None:
    (mart,) = REF.findall(semantic["model"])
    columns = {column["name"] for column in MODELS[mart]["columns"]}
    for sql in expressions_of(semantic):
        named = sqlglot.parse_one(sql, read="postgres").find_all(expressions.Column)
        assert {column.name for column in named} <= columns, sql
    if semantic.get("measures"):
        times = {each["name"] for each in semantic["dimensions"] if each["type"] == "time"}
        assert semantic["defaults"]["agg_time_dimension"] in times


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each["name"])
def test_a_metric_is_made_of_what_exists(metric: Yaml) -> None:
    assert metric["description"].endswith(".")
    measure = metric["type_params"].get("measure")
    made_of = list(inputs(metric))
    assert measure in MEASURES if measure else made_of
    filters = [metric.get("filter", "")]
    for each in made_of:
        name = each if isinstance(each, str) else each["name"]
        assert name in METRICS
        filters.append("" if isinstance(each, str) else each.get("filter", ""))
    found = {pair for said in filters for pair in DIMENSION.findall(said)}
    assert found <= dimensions()
    assert bool(found) == any(filters)


def test_every_measure_is_in_a_metric() -> None:
    used = {metric["type_params"].get("measure") for metric in METRICS.values()}
    assert MEASURES.keys() - used == set()
    assert len(METRICS) >= 25


def test_the_page_of_the_metrics_describes_each() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    rows = [f"| `{name}` | {metric['description']} |" for name, metric in METRICS.items()]
    assert [row for row in rows if row not in text] == []


def test_without_the_extra_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "find_spec", lambda _: None)
    nowhere: Any = None
    with pytest.raises(WarehouseError, match="MetricFlow is not installed"):
        transform.metrics_command_line(nowhere, [])
