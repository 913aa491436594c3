"""Advice in messages names a command that works where it is shown."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import invocation


def test_advice_names_the_command_that_works_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Path(sys.executable).parent / "warehouse"
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.chdir(program.parents[2])
    assert invocation.program() == ".venv/bin/warehouse"
    monkeypatch.chdir(tmp_path)
    assert invocation.program() == shlex.quote(str(program))
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin")
    assert invocation.program() == "warehouse"
    monkeypatch.setattr(sys, "argv", [str(Path(invocation.__file__).parent / "__main__.py")])
    assert invocation.program() == "python -m warehouse"


def test_pasted_advice_runs(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "warehouse"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "PATH": "/usr/bin:/bin",
        "WAREHOUSE_HOME": str(tmp_path / "home"),
    }
    said = subprocess.run(
        [program, "status"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    advised = said.stdout.split("`")[1]
    assert advised == f"{shlex.quote(str(program))} up"
    subprocess.run(
        f"{advised} --help",
        shell=True,
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
