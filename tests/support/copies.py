"""Copies of the project that tests may change.

Shape: a folder that does not exist yet in, the same folder with a whole project out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = (
    *("loaders", "warehouse", "models", "macros", "functions", "seeds", "tests"),
    *("dbt_project.yml", "profiles.example.yml", "pyproject.toml", "conftest.py"),
)


def copy_project(project: Path) -> Path:
    """Copy everything that commands and tests need."""
    project.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, project / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, project / name)
    return project


def copy_without_marts(project: Path) -> Path:
    """Copy the project with its stored relations and what they read; no mart and no check."""
    copy_project(project)
    for name in ("models/marts", "models/semantic", "tests/dbt/singular"):
        shutil.rmtree(project / name)
    for file in project.glob("models/**/*.yml"):
        if file.name not in ("_groups.yml", "_staging__sources.yml"):
            file.unlink()
    return project


@contextmanager
def extended_copy(rows: Mapping[str, str]) -> Iterator[Path]:
    """Yield a copy of the project with more rows in some seeds; remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-add-"))
    folder.chmod(0o755)  # an embedded server may run under an account of its own
    project = copy_project(folder / "project")
    for name, more in rows.items():
        with (project / "seeds" / f"{name}.csv").open("a", encoding="utf-8") as seed:
            seed.write(more)
    try:
        yield project
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_python(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start Python in a copy, without the settings of this process."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={
            **kept,
            "PYTHONPATH": str(project),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WAREHOUSE_HOME": str(project.parent / "state"),
        },
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended_python(process: subprocess.Popen[str]) -> str:
    """Wait for Python in a copy, which must succeed, and return what it printed."""
    output, problems = process.communicate(timeout=600)
    assert process.returncode == 0, output + problems
    return output.replace("\r", "")


def changed_files(project: Path) -> Iterator[tuple[Path, bytes, bytes]]:
    """Yield each file of the project that a copy has otherwise: its path, then both contents.

    A seed that only has more rows is not among them.
    """
    for name in COPIED:
        before = ROOT / name
        for path in [path for path in before.rglob("*") if path.is_file()] or [before]:
            if "__pycache__" in path.parts or "cache" in path.parts[-2]:
                continue
            was, now = path.read_bytes(), (project / path.relative_to(ROOT)).read_bytes()
            is_seed = name == "seeds" and path.suffix == ".csv"
            if now != was and not (is_seed and now.startswith(was)):
                yield path, was, now
