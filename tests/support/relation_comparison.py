"""Comparison of what two engines hold of one relation, row by row.

Source: rows of PostgreSQL, with the types of its columns, and rows of Spark, as Arrow has them.
Shape:  rows in any order; a sentence per relation that differs.
Units:  numbers are equal to 12 digits, or paired to a relative 1e-9; instants to the
        microsecond, also within JSON; keys of JSON objects in any order.
Errors: none: a column that one side lacks is a difference.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

Row = Mapping[str, Any]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)")
CLOSE = 1e-9


def difference(
    name: str, json_columns: set[str], ours: Sequence[Row], theirs: Sequence[Row]
) -> str | None:
    """Return how the rows differ, or None; `json_columns` are compared as documents."""
    columns = sorted({*ours[0]} if ours else {*theirs[0]} if theirs else set())
    for rows in (ours, theirs):
        if rows and sorted(rows[0]) != columns:
            return f"{name}: columns {sorted({*rows[0]} ^ {*columns})} on one side only"
    mine = Counter(canonical(row, columns, json_columns) for row in ours)
    other = Counter(canonical(row, columns, json_columns) for row in theirs)
    only_mine, only_other = mine - other, other - mine
    if not only_mine and not only_other:
        return None
    if only_mine.total() == only_other.total() and _are_close(only_mine, only_other):
        return None
    return "; ".join(
        [
            f"{name}: {len(ours)} rows in PostgreSQL, {len(theirs)} on Spark",
            *_told(columns, only_mine, only_other),
        ]
    )


def canonical(row: Row, columns: Iterable[str], json_columns: set[str]) -> tuple[Any, ...]:
    """Return a row as values that compare alike, whichever engine they are of."""
    return tuple(
        canonical_document(row[column]) if column in json_columns else _value(row[column])
        for column in columns
    )


def _value(value: Any) -> Any:
    told = value
    match value:
        case None | bool():
            pass
        case int() | float() | Decimal():
            told = _Number(value)
        case datetime():
            told = value.astimezone(UTC).isoformat()
        case date():
            told = value.isoformat()
        case UUID():
            told = str(value)
        case list() | tuple():
            told = tuple(map(_value, value))
    return told


def canonical_document(value: Any) -> str:
    """Return a document of JSON, or its text, as a text that compares alike."""
    if isinstance(value, str):
        value = json.loads(value)
    return json.dumps(_inside(value), sort_keys=True, ensure_ascii=False)


def _inside(value: Any) -> Any:
    """Return a part of a JSON document, its instants and numbers in one spelling."""
    match value:
        case dict():
            return {key: _inside(each) for key, each in value.items()}
        case list():
            return [_inside(each) for each in value]
        case str() if INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        case bool() | None:
            return value
        case int() | float():
            return f"{value:.12g}"
    return value


class _Number:
    """A number that equals another to 12 digits."""

    def __init__(self, value: float | Decimal) -> None:
        self.value = float(value)
        self.digits = f"{self.value:.12g}" if self.value else "0"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and self.digits == other.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return self.digits


def _are_close(mine: Counter[tuple[Any, ...]], other: Counter[tuple[Any, ...]]) -> bool:
    """Whether the rows left over pair up, but for the last digits of numbers."""
    pairs = zip(_in_order(mine), _in_order(other), strict=True)
    return all(
        _is_close(one, another)
        for row, partner in pairs
        for one, another in zip(row, partner, strict=True)
    )


def _in_order(rows: Counter[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    def key(row: tuple[Any, ...]) -> str:
        return repr([value for value in row if not isinstance(value, _Number)])

    def by_size(row: tuple[Any, ...]) -> list[float]:
        return [value.value for value in row if isinstance(value, _Number)]

    return sorted(rows.elements(), key=lambda row: (key(row), by_size(row)))


def _is_close(one: Any, another: Any) -> bool:
    if isinstance(one, _Number) and isinstance(another, _Number):
        return math.isclose(one.value, another.value, rel_tol=CLOSE)
    return bool(one == another)


def _told(
    columns: Sequence[str], mine: Counter[tuple[Any, ...]], other: Counter[tuple[Any, ...]]
) -> Iterable[str]:
    """Yield the columns that differ most, and an example."""
    pairs = list(zip(_in_order(mine), _in_order(other), strict=False))
    differing = Counter(
        column
        for pair in pairs
        for column, one, another in zip(columns, *pair, strict=True)
        if not _is_close(one, another)
    )
    yield f"{mine.total()} and {other.total()} rows on one side only"
    for column, count in differing.most_common(4):
        place = columns.index(column)
        example = next(pair for pair in pairs if not _is_close(pair[0][place], pair[1][place]))
        yield f"{column} in {count}, like {example[0][place]!r} and {example[1][place]!r}"
