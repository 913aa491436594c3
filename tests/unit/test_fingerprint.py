"""What identifies the project is what people write, not what programs keep beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse import project, state


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one file."""
    monkeypatch.setattr(state, "project_root", lambda: tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: small\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "is_change"),
    [
        ("models/followers.sql", True),
        ("tests/dbt/linting/__init__.py", True),
        ("tests/dbt/linting/__pycache__/__init__.cpython-311.pyc", False),
        ("models/.followers.sql.swp", False),
        ("docs/analysts.md", False),
    ],
)
def test_only_what_is_built_is_a_change(root: Path, name: str, is_change: bool) -> None:
    before = project.fingerprint({})
    (root / name).parent.mkdir(parents=True)
    (root / name).write_text("x")
    assert (project.fingerprint({}) != before) is is_change
