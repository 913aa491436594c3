"""Fixtures for tests that need the extra, and for those that start Spark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.lake import extra

SENTENCE = Path(__file__).parents[2] / "target" / "spark-parity.txt"


@pytest.fixture(scope="session")
def needs_spark() -> None:
    """Leave tests out where Spark cannot run, saying what is missing; in CI they fail."""
    SENTENCE.parent.mkdir(exist_ok=True)
    try:
        extra.require("pyspark", "pyarrow", "duckdb")
        extra.require_java()
    except WarehouseError as error:
        SENTENCE.write_text(f"{error.message}\n", "utf-8")
        (pytest.fail if os.environ.get("CI") else pytest.skip)(error.message)
