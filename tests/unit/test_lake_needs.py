"""What a lake needs besides the project is found, or named in one sentence."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest
from copies import ROOT

from warehouse.errors import WarehouseError
from warehouse.first_use import not_found
from warehouse.lake import extra

OF_THE_EXTRA = ("pyspark.", "duckdb.", "dbt.adapters.spark.")


def test_a_missing_package_is_named() -> None:
    extra.require("json")
    with pytest.raises(
        WarehouseError, match="no_such_package must be installed: the lake needs"
    ):
        extra.require("json", "no_such_package")


def test_everything_is_imported_without_the_extra() -> None:
    """Else `make soak` ends while it collects tests where Spark is not installed."""
    needing = []
    for folder in ("warehouse", "loaders", "benchmarks", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            for part in ast.parse(file.read_bytes()).body:
                named = [part.module or ""] if isinstance(part, ast.ImportFrom) else []
                named += (
                    [each.name for each in part.names] if isinstance(part, ast.Import) else []
                )
                if any(f"{name}.".startswith(OF_THE_EXTRA) for name in named):
                    needing.append(f"{file.relative_to(ROOT)}:{part.lineno}")
    assert needing == []


@pytest.mark.parametrize(
    ("told", "is_enough"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('openjdk version "21" 2023-09-19', True),
        ('openjdk version "11.0.2" 2019-01-15', False),
        ('java version "1.8.0_292"', False),
        ("no Java", False),
    ],
)
def test_only_a_new_enough_java_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, is_enough: bool
) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if is_enough:
        assert extra.require_java() == tmp_path
    else:
        with pytest.raises(WarehouseError, match="Spark needs Java 17 or newer"):
            extra.require_java()


def test_without_java_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert extra.java_home() is None


def test_a_package_can_be_missing_for_a_while() -> None:
    import wave  # noqa: PLC0415 (a module that nothing else uses)

    with not_found("wave"), pytest.raises(ImportError):
        importlib.import_module("wave")
    assert sys.modules["wave"] is wave
    assert importlib.import_module("wave") is wave
