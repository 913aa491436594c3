"""The comparison inside DuckDB finds any difference, and none where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lake_comparison
import pytest

pytestmark = pytest.mark.usefixtures("needs_spark")

ROWS = (
    "select number, number * 1.5::double as score, [number] as list,"
    " case when number % 3 = 0 then null else 'a, b' end as text,"
    " [timestamptz '2026-01-01 00:00:00.5Z'] as times,"
    """ '{"at": "2026-01-01T00:00:00Z", "n": ' || number || '}' as document"""
    " from range(10) as numbers (number)"
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Any]:
    """DuckDB, with rows."""
    with lake_comparison.connect(tmp_path) as opened:
        opened.execute(f"create table facts as {ROWS}")
        yield opened


@pytest.mark.parametrize(
    "theirs",
    [
        "from facts",
        "from facts order by score desc",
        "select * replace (score * (1 + 5e-10) as score) from facts",
        "select * replace (round(score, 1)::decimal(9, 2) as score) from facts",
        """select * replace ('["2026-01-01T01:00:00.500000+01:00"]' as times) from facts""",
        """select * replace ('{"n": ' || number || ', "at": "2026-01-01T01:00:00+01:00"}'"""
        " as document) from facts",
    ],
)
def test_equal_rows(db: Any, theirs: str) -> None:
    assert lake_comparison.difference(db, "rows", "facts", f"({theirs})", {"document"}) is None


@pytest.mark.parametrize(
    "theirs",
    [
        "from facts limit 9",
        "from facts union all from facts where number = 3",
        "from facts where number <> 3 union all from facts where number = 4",
        "select * replace (score * (1 + 5e-9) as score) from facts",
        "select * replace (nullif(score, 3) as score) from facts",
        "select * replace (coalesce(text, '') as text) from facts",
        "select * replace ([number, 1] as list) from facts",
        "select * replace (replace(document, '9', '8') as document) from facts",
        "select * replace ([times[1] + interval 1 microsecond] as times) from facts",
        "select * exclude (list) from facts",
    ],
)
def test_different_rows(db: Any, theirs: str) -> None:
    assert lake_comparison.difference(db, "rows", "facts", f"({theirs})", {"document"})
