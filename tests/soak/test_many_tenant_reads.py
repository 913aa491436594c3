"""A hundred thousand reads of every mart by two tenants, during runs, rebuilds and upgrades.

Each read looks for rows of the other workspace, by its id and by the mark in all of its texts.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
from tenant_reads import reading
from two_tenants import AS_OF, MARKS, land, swap, two_tenants

from warehouse import runs
from warehouse.connection import Target

READS = 100_000


def test_two_tenants_meet_no_foreign_row_and_no_error(
    target: Target, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    workspaces = itertools.cycle(MARKS)
    with two_tenants(target, session, tmp_path) as both, reading(both) as seen:
        for number in itertools.count():
            if seen.reads >= share(READS) and number >= 2:
                break
            land(session, tmp_path, next(workspaces), f"news{number}")
            outcome = runs.run(
                target, session, rebuild=number % 3 == 1, accept=True, as_of=AS_OF
            )
            assert outcome.is_successful, outcome
            swap(session, "core", "follower_totals")
            swap(session, "marts", "content_tags")
        sys.stderr.write(
            f"{seen.reads:,} reads of {seen.rows:,} rows in {number} runs, rebuilds and"
            f" upgrades; {len(seen.foreign)} foreign rows, {len(seen.errors)} errors\n"
        )
    assert (seen.foreign, seen.errors) == ([], [])
