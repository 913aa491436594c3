"""Environments of integrations: installed once from their own requirements, then kept.

Source: the folder of the integration, with its `pyproject.toml` or `requirements.txt`.
Shape:  the folder with the environment's programs, in `target` of the project.
Errors: AssertionError with pip's last lines where something cannot be installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from copies import ROOT

INTEGRATIONS = ROOT / "integrations"
KEPT = ROOT / "target" / "environments"


def programs_of(integration: str, *more: str) -> Path:
    """Return the folder of programs of an integration's environment, with `more` packages."""
    folder, place = INTEGRATIONS / integration, KEPT / integration
    project, requirements = folder / "pyproject.toml", folder / "requirements.txt"
    wanted = ["--editable", folder] if project.exists() else ["--requirement", requirements]
    file = project if project.exists() else requirements
    state = hashlib.sha256(file.read_bytes() + repr((sys.version, more)).encode()).hexdigest()
    mark = place / "installed"
    KEPT.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != state:
            shutil.rmtree(place, ignore_errors=True)
            _call(sys.executable, "-m", "venv", place)
            pip = "-m", "pip", "install", "--quiet", "--disable-pip-version-check"
            _call(place / "bin" / "python", *pip, *wanted, *more)
            mark.write_text(state)
    return place / "bin"


def _call(*command: object) -> None:
    ended = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
