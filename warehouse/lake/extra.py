"""What a lake needs besides the project: the extra `spark`, and Java.

Source: the installed packages, JAVA_HOME and the search path.
Shape:  `require` for a package, `java_home` for Java.
Errors: WarehouseError with one sentence that says what is missing and how to get it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from warehouse.errors import WarehouseError

OLDEST_JAVA = 17
_VERSION = re.compile(r'version "(\d+)')


def require(*modules: str) -> None:
    """Raise where a module of the extra is not installed."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise WarehouseError(
            f"{' and '.join(missing)} must be installed: the lake needs the extra spark: "
            "pip install -e '.[spark]'."
        )


def java_home() -> Path | None:
    """Return the folder of the Java that runs Spark, or None where none is new enough."""
    named = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(named) / "bin") if named else None)
    if found is None:
        return None
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = _VERSION.search(told.stderr)
    if version is None or int(version[1]) < OLDEST_JAVA:
        return None
    return Path(found).resolve().parents[1]


def require_java() -> Path:
    """Return the folder of Java, or raise."""
    found = java_home()
    if found is None:
        raise WarehouseError(
            f"Spark needs Java {OLDEST_JAVA} or newer, which was not found: install it "
            "(Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME."
        )
    return found
