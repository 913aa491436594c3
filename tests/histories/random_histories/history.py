"""A random history: the loads of one workspace, and what is peculiar about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from oracle import ActorKey, Decision, Delivery, Workspace, documented_at

from random_histories.owners import TRAITS as OWNER_TRAITS

Record = dict[str, Any]

AS_OF = datetime(2025, 11, 19, 12, 0, tzinfo=UTC)  # weeks after the end of summer time


@dataclass(frozen=True)
class Load:
    """Some records landed together, in a run."""

    run_seq: int  # 1-based within the history
    load_no: int  # 1-based within the history; in landing order
    received_at: datetime
    records: tuple[Record, ...]

    def ndjson(self) -> bytes:
        """Return the file to land: one record a line."""
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in self.records]
        return "".join(lines).encode()


@dataclass(frozen=True)
class History:
    """One workspace and everything delivered to it."""

    seed: int
    workspace: Workspace
    as_of: datetime
    is_settled: bool  # nothing occurs or changes after as_of
    loads: tuple[Load, ...]
    decisions: tuple[Decision, ...]
    traits: frozenset[str]  # what is peculiar about it, see TRAITS
    own_accounts: tuple[ActorKey, ...] = ()  # as the seed names them

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return what the oracle takes: every record with its place in the delivery order."""
        return tuple(
            Delivery(
                load.run_seq,
                load.load_no,
                line_no,
                load.received_at,
                record,
                documented_at(load.records, load.received_at),
            )
            for load in self.loads
            for line_no, record in enumerate(load.records, start=1)
        )

    def received(self, times: Mapping[int, datetime]) -> History:
        """Return the same history with other times of landing, by load number."""
        loads = [replace(load, received_at=times[load.load_no]) for load in self.loads]
        return replace(self, loads=tuple(loads))


TRAITS = frozenset(
    {
        "bot",
        "conflict",
        "content moved",
        "counter rising",
        "decision",
        "duplicate",
        "edited",
        "empty text",
        "equal versions",
        "fan",
        "fill-in",
        "late",
        "long window",
        "no actor",
        "one run",
        "out of order",
        "profile changing",
        "re-added",
        "received out of order",
        "retracted",
        "retracted before it arrived",
        "several in one run",
        "unknown platform",
        "unknown post",
        "unknown time",
        "unknown type",
        "without version_at",
        *OWNER_TRAITS,
    }
)
