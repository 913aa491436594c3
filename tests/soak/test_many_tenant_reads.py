"""A hundred thousand reads of every mart by two tenants, while everything else goes on.

In turn: a run, a rebuild, the erasure of an account, an upgrade of the project and of `raw`.
Each read looks for rows of the other workspace, by its id and by the mark in all of its texts.
What was erased is looked for in every mart of its tenant.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from copies import copy_project
from psycopg import sql
from tenant_reads import reading
from two_tenants import AS_OF, MARKS, PLATFORMS, Tenants, land, swap, two_tenants

from warehouse import database, runs, state
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.privacy import erased, erasing

READS, FEWEST = 100_000, 4  # reads, and changes in which each of their kinds comes
MORE = (
    "select workspace_id, count(*) as load_count from {{ source('raw', 'loads') }} group by 1"
)
DESCRIBED = """
models:
  - name: loads_per_tenant
    description: One row per workspace with loads.
    columns:
      - {name: workspace_id, data_type: text, description: The workspace.}
      - {name: load_count, data_type: bigint, description: How many loads it has.}
"""


class Changes:
    """What happens to the warehouse while tenants read."""

    def __init__(self, both: Tenants, session: psycopg.Connection, folder: Path) -> None:
        self._both, self._session, self._folder = both, session, folder
        self.erased: list[tuple[str, str]] = []  # workspaces, and ids of people in them
        self._newer = copy_project(folder / "project")
        health = self._newer / "models" / "marts" / "health"
        (health / "loads_per_tenant.sql").write_text(MORE)
        (health / "loads_per_tenant.yml").write_text(DESCRIBED)

    def make(self, number: int) -> None:
        """Land something, then change everything in the way whose turn it is."""
        workspace = list(MARKS)[(number + number // 4) % len(MARKS)]
        name = f"news{number}"
        land(self._session, self._folder, workspace, name)
        match number % 4:
            case 0:
                self._run()
            case 1:
                self._run(rebuild=True)
            case 2:
                self._run()
                self._erase(workspace, f"{MARKS[workspace]}{name}-0")
            case 3:
                self._upgrade()

    def _run(self, *, rebuild: bool = False) -> None:
        outcome = runs.run(
            self._both.owner, self._session, rebuild=rebuild, accept=True, as_of=AS_OF
        )
        assert outcome.is_successful, outcome

    def _erase(self, workspace: str, actor_id: str) -> None:
        assert self.found(workspace, actor_id) > 0
        for platform in PLATFORMS:
            erasing.begin(self._session, [[Account(workspace, platform, actor_id)]], None)
        erasing.finish(self._both.owner, self._session)
        self.erased.append((workspace, actor_id))

    def _upgrade(self) -> None:
        """Bring `raw` up to date again, add a mart, and give two relations another shape."""
        self._session.execute("update raw.schema_fingerprint set fingerprint = 'older'")
        database.prepare(self._session)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(state, "project_root", lambda: self._newer)
            self._run()
        swap(self._session, "core", "follower_totals")
        swap(self._session, "marts", "content_tags")

    def found(self, workspace: str, value: str) -> int:
        """Return how many rows with a value the tenant of a workspace sees."""
        count = sql.SQL("select count(*) from {} as found where strpos(found::text, {}) > 0")
        with self._both.open(workspace) as opened:
            return sum(
                opened.execute(count.format(sql.Identifier(mart), value)).fetchall()[0][0]
                for mart in self._both.marts
            )


@pytest.fixture
def both(target: Target, session: psycopg.Connection, tmp_path: Path) -> Iterator[Tenants]:
    """Two tenants; the log of erasures goes afterwards."""
    with two_tenants(target, session, tmp_path) as made:
        yield made
    (state.home() / erased.FILE).unlink(missing_ok=True)


def test_two_tenants_meet_no_foreign_row_and_no_error(
    both: Tenants, session: psycopg.Connection, tmp_path: Path, share: Callable[[int], int]
) -> None:
    changes = Changes(both, session, tmp_path)
    with reading(both) as seen:
        for number in itertools.count():
            if seen.reads >= share(READS) and number >= FEWEST:
                break
            changes.make(number)
            assert [changes.found(*each) for each in changes.erased] == [0] * len(
                changes.erased
            )
        sys.stderr.write(
            f"{seen.reads:,} reads of {seen.rows:,} rows during {number} runs, rebuilds,"
            f" erasures and upgrades; {len(seen.foreign)} foreign rows, {len(seen.errors)}"
            f" errors, {len(changes.erased)} people erased\n"
        )
    assert (seen.foreign, seen.errors) == ([], [])
    assert changes.erased != []
