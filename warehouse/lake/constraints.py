"""Whether the constraints of the models' contracts hold, where the engine enforces none.

Source: the nodes that dbt has built; their tables in the Spark session.
Shape:  a failure per constraint that some rows break, by the name of its model.
Units:  one query per table.
Errors: those of Spark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from warehouse.results import Failure

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def broken(spark: SparkSession, nodes: Sequence[Any]) -> Iterator[Failure]:
    """Yield the constraints of the tables among these nodes that do not hold."""
    for node in nodes:
        if node.resource_type != "model" or node.config.materialized != "table":
            continue
        counts = list(dict(_counts(node)).items())
        if not counts:
            continue
        aggregates = ", ".join(aggregate for _, aggregate in counts)
        statement = f"select {aggregates} from {node.relation_name}"  # noqa: S608 (our models)
        (found,) = spark.sql(statement).collect()
        for (constraint, _), count in zip(counts, found, strict=True):
            if count:
                yield Failure(node.name, f"in {count:,} rows this does not hold: {constraint}.")


def _counts(node: Any) -> Iterator[tuple[str, str]]:
    """Yield each constraint, and the aggregate that counts the rows which break it."""
    declared = [(constraint, constraint.columns) for constraint in node.constraints]
    for column in node.columns.values():
        declared += [(constraint, [column.name]) for constraint in column.constraints]
    for constraint, columns in declared:
        if constraint.type == "check":
            expression = " ".join(constraint.expression.split())
            yield expression, f"count(*) filter (where not ({expression}))"
            continue
        for name in columns:
            yield f"{name} is not null", f"count(*) filter (where {name} is null)"
        if constraint.type == "primary_key":
            key = ", ".join(columns)
            yield f"{key} is unique", f"count(*) - count(distinct {key})"
