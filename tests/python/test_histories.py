"""Random histories through dbt: the marts equal the oracle after every run and a rebuild."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
from histories import TRAITS, history
from worlds import (
    Landed,
    Marts,
    configure,
    decide,
    deliver_newest_again,
    differences,
    land_labels,
    land_load,
    project_seeds,
    read_marts,
)

from warehouse.connection import Target
from warehouse.transform import Dbt, variables

HISTORIES = [history(seed) for seed in range(40)]
RUNS = max(load.run_seq for item in HISTORIES for load in item.loads)
MODELS = ["--exclude-resource-types", "test", "unit_test", "seed"]


class Warehouse:
    """A database in which all histories happen side by side, each in its workspace."""

    def __init__(self, target: Target, session: psycopg.Connection) -> None:
        self.session = session
        self.dbt = Dbt(target)
        self.landed = [Landed(item) for item in HISTORIES]
        self.build(["seed"])
        configure(session, HISTORIES)

    def build(self, command: list[str], **settings: object) -> None:
        """Run dbt; every model must succeed."""
        as_of = HISTORIES[0].as_of.isoformat()
        result = self.dbt.invoke([*command, *variables({"as_of": as_of, **settings})])
        assert result.success, result

    def differences(self, as_of: datetime | None = None) -> list[str]:
        """Where the marts and the oracle disagree."""
        return differences(read_marts(self.session), self.landed, project_seeds(), as_of)

    def ledger(self) -> list[tuple[object, ...]]:
        """Every entry of the ledger, in order."""
        return self.session.execute(
            "select * from core.interaction_ledger order by interaction_id, run_seq, gross_sign"
        ).fetchall()


@pytest.fixture(scope="module")
def warehouse(target: Target, session: psycopg.Connection) -> Warehouse:
    """The histories' warehouse before anything has landed."""
    return Warehouse(target, session)


def test_histories_misbehave_in_every_way() -> None:
    assert set().union(*(item.traits for item in HISTORIES)) == TRAITS


def test_marts_equal_the_oracle_after_every_run(warehouse: Warehouse) -> None:
    for landed in warehouse.landed:
        decide(warehouse.session, landed.history)
    for run_seq in range(1, RUNS + 1):
        for landed in warehouse.landed:
            for load in landed.history.loads:
                if load.run_seq == run_seq:
                    land_load(warehouse.session, landed, load)
            land_labels(warehouse.session, landed, run_seq)
        warehouse.build(["build", *MODELS])
        assert warehouse.differences() == []


def test_a_rebuild_makes_the_same_ledger_and_marts(warehouse: Warehouse) -> None:
    before = warehouse.ledger()
    warehouse.build(["build", *MODELS], rebuild=True)
    assert warehouse.ledger() == before
    assert warehouse.differences() == []


def test_a_run_without_news_changes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.ledger()
    warehouse.build(["build", *MODELS])
    assert warehouse.ledger() == before


def test_known_exports_again_add_no_entry(warehouse: Warehouse) -> None:
    """The newest state of everything, delivered once more in other bytes."""
    before = warehouse.ledger()
    for landed in warehouse.landed:
        deliver_newest_again(warehouse.session, landed)
    warehouse.build(["build", *MODELS])
    after = warehouse.ledger()
    assert len(after) == len(before)
    assert warehouse.differences() == []


def test_what_is_ahead_of_the_clock_waits_and_is_taken_up_when_due(
    warehouse: Warehouse,
) -> None:
    """The clock is set back, which makes totals anew, and then goes on without any news."""
    own = HISTORIES[0].as_of
    for days in (-200, -90, -31, -7, -1, 0, 3, 60):
        as_of = own + timedelta(days=days)
        warehouse.build(["build", *MODELS], as_of=as_of.isoformat())
        assert warehouse.differences(as_of) == []
    found = read_marts(warehouse.session)
    warehouse.build(["build", *MODELS], rebuild=True, as_of=as_of.isoformat())
    assert read_marts(warehouse.session) == found
    warehouse.build(["build", *MODELS])
    assert warehouse.differences() == []


def test_a_changed_mapping_corrects_what_is_stored(warehouse: Warehouse) -> None:
    """An analyst maps an unknown word: no rebuild, and the same as a rebuild.

    States that were replaced only after the as-of instant keep the words they had.
    """
    session = warehouse.session
    session.execute(
        "insert into seeds.interaction_type_mappings values ('*', 'boop', '*', 'reaction')"
    )
    warehouse.build(["build", *MODELS])
    counted = session.execute("select sum(reaction_count) from core.follower_totals").fetchone()
    found = settled(read_marts(session))
    warehouse.build(["build", *MODELS], rebuild=True)
    assert settled(read_marts(session)) == found
    assert counted is not None and counted[0] > 0
    unmapped = session.execute(
        "select 1 from marts.unmapped_interaction_types where native_type = 'boop'"
    ).fetchone()
    assert unmapped is None


def test_a_changed_time_zone_moves_days(warehouse: Warehouse) -> None:
    session = warehouse.session
    session.execute("update seeds.workspaces set time_zone = 'Pacific/Auckland'")
    warehouse.build(["build", *MODELS])
    found = read_marts(session)
    warehouse.build(["build", *MODELS], rebuild=True)
    assert read_marts(session) == found


def settled(found: Marts) -> Marts:
    """Only the workspaces in which nothing happens after the as-of instant."""
    kept = {item.workspace.workspace_id for item in HISTORIES if item.is_settled}
    return {
        mart: {workspace: rows for workspace, rows in per.items() if workspace in kept}
        for mart, per in found.items()
    }
