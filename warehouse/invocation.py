"""How the reader of a sentence can start this program again.

Advice such as `warehouse run` is only good where the shell finds a program of that name. Most
people have it in a virtual environment, so the advice says what they themselves typed.

Source: the arguments and the search path of this process.
Shape:  the words that start the command line, quoted for a shell.
Units:  paths are relative to the working folder where that is shorter.
Errors: none: what cannot be found out is called `warehouse`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "warehouse"


def program() -> str:
    """Return the command that works where the reader stands."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        python = _typed(Path(sys.executable), "python") or _typed(
            Path(sys.executable), "python3"
        )
        return f"{python or shlex.quote(_short(Path(sys.executable)))} -m {NAME}"
    if not started.is_file():
        return NAME
    return _typed(started, NAME) or shlex.quote(_short(started))


def _typed(path: Path, name: str) -> str | None:
    """The bare name, where the search path leads from it to this very file."""
    found = shutil.which(name)
    # a virtual environment's python is a link, and which link was used matters
    return name if found and Path(found).absolute() == path.absolute() else None


def _short(path: Path) -> str:
    absolute = str(path.absolute())
    try:
        relative = os.path.relpath(absolute)
    except (ValueError, OSError):  # another drive, or a working folder that is gone
        return absolute
    return relative if len(relative) < len(absolute) else absolute
