"""A program that builds a lake and is killed at a moment that is named.

Source: the lake's folder, a copy of the project, and the moment, as arguments.
Shape:  `before` and `after`: at the renaming that publishes the build.
Errors: those of a build.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from warehouse.lake.build import build
from warehouse.lake.layout import CURRENT

BEFORE, AFTER = "before", "after"


def die_at(moment: str) -> None:
    """End this process at once when the moment comes."""
    is_published = False

    def hook(event: str, told: tuple[Any, ...]) -> None:
        nonlocal is_published
        is_renamed = event == "os.rename" and Path(str(told[1])).name == CURRENT
        if (is_renamed and moment == BEFORE) or (is_published and event == "os.listdir"):
            os.kill(os.getpid(), signal.SIGKILL)
        is_published |= is_renamed

    sys.addaudithook(hook)


if __name__ == "__main__":
    folder, project, moment = sys.argv[1:]
    die_at(moment)
    build(folder, master="local[2]", as_of="2026-06-07T23:59:59Z", project=Path(project))
