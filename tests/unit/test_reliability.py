"""docs/reliability.md: each promise names tests that exist and run where the page says.

Files in a row's column `test` hold tests that `make test` runs, those in its column `long form`
tests that `make soak` runs.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from copies import ROOT
from scenarios import SCENARIOS

import conftest

TESTS = ROOT / "tests"
FILE = re.compile(r"`(test_\w+\.py)`")
SOAK = "pytest.mark.soak"


class Row(NamedTuple):
    """One promise, and what the page says of its tests."""

    promise: str
    test: str
    long_form: str


def rows() -> list[Row]:
    """Return the rows of all tables whose first column is a promise."""
    found, columns = [], 0
    for line in (ROOT / "docs" / "reliability.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            columns = 0
        elif cells[0] == "promise":
            columns = len(cells)
        elif columns and not cells[0].startswith("---"):
            found.append(Row(*cells, *[""] * (3 - columns)))
    return found


ROWS = rows()


@cache
def files() -> dict[str, Path]:
    """Return every file of tests by its name."""
    return {path.name: path for path in TESTS.rglob("test_*.py")}


@cache
def runs(name: str) -> frozenset[str]:
    """Return where tests of a file run: in `test`, in `soak`, or in both."""
    path = files()[name]
    if path.parent.name == "soak":
        return frozenset({"soak"})
    text = path.read_text("utf-8")
    found = {"soak"} if SOAK in text else set()
    body = ast.parse(text).body
    is_all_long = any(
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "pytestmark"
        and SOAK in ast.unparse(node.value)
        for node in body
    )
    if not is_all_long and any(_is_short(node) for node in body):
        found.add("test")
    return frozenset(found)


def _is_short(node: ast.stmt) -> bool:
    """Whether a statement is a test without the mark `soak`."""
    return (
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and SOAK not in map(ast.unparse, node.decorator_list)
    )


def test_the_page_has_promises() -> None:
    assert len(ROWS) > 60
    promises = Counter(row.promise for row in ROWS)
    assert [promise for promise, count in promises.items() if count > 1] == []


def test_no_two_test_files_have_the_same_name() -> None:
    names = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_files_that_run_first_or_together_exist() -> None:
    named = {*conftest.LONGEST_FIRST, *(name for names in conftest.TOGETHER for name in names)}
    assert named <= files().keys()


def test_every_part_of_the_long_tests_has_some() -> None:
    (parts,) = re.findall(r"^parts=(\d+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.M)
    assert len([name for name in files() if "soak" in runs(name)]) >= int(parts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.promise[:40])
def test_a_promise_has_tests_that_run(row: Row) -> None:
    short, long = FILE.findall(row.test), FILE.findall(row.long_form)
    assert short, row
    assert not row.long_form or long, row
    for name in (*short, *long):
        assert name in files(), f"{name} does not exist"
    for name in short:
        assert "test" in runs(name), f"no test of {name} runs in make test"
    for name in long:
        assert "soak" in runs(name), f"no test of {name} runs in make soak"


def test_scenarios_and_fixtures_that_the_page_names_exist() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    scenarios = set(re.findall(r"`test_scenarios\.py` \(`(\w+)`\)", text))
    assert scenarios
    assert scenarios <= {scenario.__name__ for scenario in SCENARIOS}
    for pattern in re.findall(r"fixtures `([^`]+)`", text):
        assert [*(TESTS / "fixtures").rglob(pattern)], pattern
