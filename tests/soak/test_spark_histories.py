"""More random histories are equal on Spark and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from random_histories import AS_OF
from spark_parity import RESULTS, compare_builds, land_histories

from warehouse.connection import Target

FIRST, COUNT = 20, 40

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("needs_spark")]


def test_random_histories(
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    land_histories(target, session, range(FIRST, FIRST + share(COUNT)))
    compare_builds("More random histories", session, tmp_path, AS_OF, "local[2]")
    assert [each.differences for each in RESULTS.values()] == [[]]
