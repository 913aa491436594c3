"""The comparison of two engines finds what differs and forgives how it is spelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from relation_comparison import difference

KEY = UUID("00000000-0000-0000-0000-000000000001")
AT = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
ROW = {
    "id": KEY,
    "score": Decimal("16.00"),
    "decayed": 0.1 + 0.2,
    "at": AT,
    "tags": ["a", "b"],
    "document": {"at": "2026-03-01T12:00:00Z", "n": 1, "text": None},
}
SAME = {
    "id": str(KEY),
    "score": Decimal("16.0000000000"),
    "decayed": 0.3,
    "at": AT.astimezone(timezone(timedelta(hours=2))),
    "tags": ("a", "b"),
    "document": '{"text":null,"n":1.0,"at":"2026-03-01T12:00:00.000000+00:00"}',
}


def test_two_spellings_of_a_row_are_equal() -> None:
    assert difference("marts.one", {"document"}, [ROW, ROW], [SAME, SAME]) is None


def test_the_last_digits_of_a_number_are_forgiven() -> None:
    theirs = [{**SAME, "decayed": 0.3 * (1 + 5e-12)}, SAME]
    assert difference("marts.one", {"document"}, [ROW, ROW], theirs) is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": "00000000-0000-0000-0000-000000000002"},
        {"score": Decimal("16.01")},
        {"score": None},
        {"decayed": 0.3 * (1 + 1e-8)},
        {"at": AT + timedelta(microseconds=1)},
        {"tags": ["b", "a"]},
        {"document": '{"text":null,"n":1,"at":"2026-03-01T12:00:00.000001Z"}'},
        {"document": '{"n":1,"at":"2026-03-01T12:00:00Z"}'},
    ],
)
def test_any_other_difference_is_told(change: dict[str, Any]) -> None:
    told = difference("marts.one", {"document"}, [ROW, ROW], [SAME, {**SAME, **change}])
    assert told is not None
    assert told.startswith("marts.one: 2 rows in PostgreSQL, 2 on Spark")
    assert next(iter(change)) in told


def test_a_row_that_is_there_twice_is_told() -> None:
    told = difference("marts.one", {"document"}, [ROW], [SAME, SAME])
    assert told is not None and "1 rows in PostgreSQL, 2 on Spark" in told


def test_a_column_of_one_side_is_told() -> None:
    told = difference("marts.one", {"document"}, [ROW], [{**SAME, "more": 1}])
    assert told == "marts.one: columns ['more'] on one side only"
