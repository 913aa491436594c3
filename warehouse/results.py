"""What a build of dbt came to, node by node.

Source: dbt's events and results.
Shape:  steps while it goes; failures and warnings as a name and a sentence.
Errors: none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

BAD = ("error", "fail", "partial success", "runtime error")
_HEADING = re.compile(r"\A\s*\w+ Error( in [^\n]*)?\n")  # names the node, as we do
_ASIDES = ("compiled code at", "LINE ", "^", "> ", "CONTEXT:", "SQL statement")
_FULL = ("No space left on device", "Check free disk space", "Disk quota exceeded")


@dataclass(frozen=True)
class Failure:
    """One thing that dbt could not do, in its own words."""

    name: str
    message: str


def steps(on_step: Callable[[str, int, int], None] | None) -> Callable[[Any], None] | None:
    """dbt's events as steps: only a finished node says its number and how many there are."""
    if on_step is None:
        return None

    def listen(event: Any) -> None:
        data = event.data
        if event.info.name.startswith("Log") and getattr(data, "total", 0):
            on_step(data.node_info.node_name, data.index, data.total)

    return listen


def count(nodes: Sequence[Any], kinds: tuple[str, ...]) -> int:
    """Return how many nodes of some kinds are done."""
    done = ("success", "pass", "no-op")
    return sum(str(node.status) in done and node.node.resource_type in kinds for node in nodes)


def said(nodes: Sequence[Any], statuses: tuple[str, ...]) -> Iterator[Failure]:
    """Yield what dbt says of the nodes that ended in one of these states."""
    for node in nodes:
        if str(node.status) in statuses:
            name = getattr(node.node, "name", None) or str(node.node)
            if node.node.resource_type == "test" and node.failures:
                rows = "a row" if node.failures == 1 else f"{node.failures:,} rows"
                message = f"found {rows} that should not exist; `warehouse dbt show -s {name}`."
            else:
                message = one_line(node.message or "failed")
            yield Failure(name, message)


def one_line(text: str) -> str:
    """Return an error of dbt or the server in one line."""
    text = _HEADING.sub("", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wanted = [
        line.removeprefix("HINT:").removeprefix("DETAIL:").strip()
        for line in lines
        if not line.startswith(_ASIDES)
    ]
    text = " ".join(wanted)[:500]
    if any(phrase in text for phrase in _FULL):
        text = f"the server's disk is full ({text}); free some space there, then run again."
    return text
