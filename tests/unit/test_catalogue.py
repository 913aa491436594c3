"""The catalogue of platforms agrees with the modules and the seed."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from loaders import catalogue
from loaders.registry import modules
from warehouse.pulling import apis

ROOT = Path(__file__).parents[2]


def test_the_committed_catalogue_is_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "loaders.catalogue"], cwd=ROOT, capture_output=True, check=True
    )
    committed = (ROOT / "docs" / "platforms.md").read_bytes()
    assert made.stdout == committed, "run `make docs`"


def test_every_platform_is_told_in_full() -> None:
    text = catalogue.document()
    for name, module in modules().items():
        assert f"warehouse load exports/{name}/" in text
        for fmt in module.FORMATS:
            assert fmt.expects in text
    assert "see `" not in text


@pytest.mark.parametrize("platform", sorted(modules()))
def test_docstrings_have_their_sections(platform: str) -> None:
    title, told = catalogue.sections_of(inspect.getdoc(modules()[platform]) or "")
    pull = ["Pull"] if platform in apis.known() else []
    assert list(told) == ["Source", "Export", *pull, "Shape", "Units", "Errors"]
    assert title
