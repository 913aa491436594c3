"""The reported samples, and what becomes of them: parsed, or landed and published.

Shape:  a sample's name in; its outcomes, its records, or a workspace in a database out.
Errors: none: tests that use a sample carry the mark `needs_samples`.
"""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import pytest
from command_line import Console
from platform_files import landed

from loaders.parsing.formats import Context
from loaders.parsing.notes import Note
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Interaction, Landed, Outcome, Record
from loaders.registry import recognise

REPORTED = Path(__file__).parents[3] / "shared" / "samples" / "reported"
needs_samples = pytest.mark.skipif(
    not REPORTED.is_dir(), reason="the reported samples are not here"
)


def outcomes_of(
    path: Path | str,
    *,
    account: str | None = None,
    timezone: tzinfo | None = None,
    platform: str | None = None,
) -> list[Outcome]:
    """Return what a file comes to; a name alone is that of a sample."""
    with Document.open(REPORTED / path) as document:
        _, fmt = recognise(document, platform)
        return list(outcomes(document, fmt, Context(account=account, timezone=timezone)))


def told_as(path: Path | str, platform: str | None = None) -> tuple[str, str]:
    """As which platform and format a file is recognised."""
    with Document.open(REPORTED / path) as document:
        module, fmt = recognise(document, platform)
        return module.PLATFORM, fmt.name


def records(found: list[Outcome]) -> list[Record]:
    """Return everything that landed."""
    return landed(found)


def interactions(found: list[Outcome]) -> list[Interaction]:
    """Return the interactions that landed."""
    return [record for record in landed(found) if isinstance(record, Interaction)]


def notes(found: list[Outcome]) -> list[Note]:
    """Return the remarks about what landed."""
    return [remark for out in found if isinstance(out, Landed) for remark in out.notes]


def publish(warehouse: Console, cases: dict[str, list[list[object]]]) -> None:
    """Load files into workspaces and run once: a workspace to the arguments of its loads."""
    for workspace, loads in cases.items():
        for arguments in loads:
            said = warehouse("load", *arguments, "--workspace", workspace)
            assert said.code in (0, 4), said
    said = warehouse("run")
    assert said.code in (0, 4), said
