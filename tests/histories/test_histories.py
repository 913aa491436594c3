"""Random histories through dbt: the marts equal the oracle after every run and a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest
from landed_history import (
    Landed,
    configure,
    decide,
    deliver_newest_again,
    land_labels,
    land_load,
)
from mart_comparison import differences
from mart_reader import read_marts
from model_builds import ModelBuilds
from psycopg import sql
from random_histories import AS_OF, TRAITS, history
from seed_reader import project_seeds

from warehouse.connection import Target

SOME, ALL = 8, 300  # histories: `make test` plays some, `make soak` all
FACTS = (
    *("interaction_id", "follower_id", "post_id", "thread_id", "parent_id"),
    *("workspace_id", "platform", "platform_user_id", "platform_post_id", "actor_kind"),
    *("native_type", "native_kind", "interaction_type", "text", "sentiment"),
    *("time_precision", "key_quality", "metadata", "occurred_at", "received_at"),
)


class Warehouse:
    """A database in which histories happen side by side, each in its workspace."""

    def __init__(self, target: Target, session: psycopg.Connection, count: int) -> None:
        self.session = session
        self.builds = ModelBuilds(target)
        self.landed = [Landed(history(seed)) for seed in range(count)]
        self.builds.invoke(AS_OF, "seed")
        configure(session, [item.history for item in self.landed])

    def build(self, as_of: datetime = AS_OF, **settings: object) -> None:
        """Bring every model up to date."""
        self.builds.build(as_of, **settings)

    def differences(self, as_of: datetime | None = None) -> list[str]:
        """Where the marts and the oracle disagree."""
        return differences(read_marts(self.session), self.landed, project_seeds(), as_of)

    def ledger(self) -> list[list[tuple[object, ...]]]:
        """What the entries add up to, and every state with all times of its versions.

        Which run posted an entry, because of which load, is left out.
        """
        facts = sql.SQL(", ").join(map(sql.Identifier, FACTS))
        statements = (
            "select {facts}, effective_at, sum(sign), sum(gross_sign)"
            " from core.interaction_ledger group by {facts}, effective_at"
            " having sum(sign) <> 0 or sum(gross_sign) <> 0 order by {facts}, effective_at",
            "select {facts}, sign, effective_at, ended_at, version_at, version_received_at,"
            " repeated_at, repeat_received_at, follower_known_at, post_known_at, time_known_at"
            " from core.interaction_ledger where version_at is not null"
            " order by interaction_id, version_at, version_received_at",
        )
        return [
            self.session.execute(sql.SQL(statement).format(facts=facts)).fetchall()
            for statement in statements
        ]


@pytest.fixture(scope="module", params=[SOME, pytest.param(ALL, marks=pytest.mark.soak)])
def warehouse(
    request: pytest.FixtureRequest,
    target: Target,
    session: psycopg.Connection,
    share: Callable[[int], int],
) -> Warehouse:
    """The histories' warehouse before anything has landed."""
    count = SOME if request.param == SOME else max(share(ALL), SOME)
    return Warehouse(target, session, count)


def test_histories_misbehave_in_every_way(warehouse: Warehouse) -> None:
    assert set().union(*(item.history.traits for item in warehouse.landed)) == TRAITS


def test_marts_equal_the_oracle_after_every_run(warehouse: Warehouse) -> None:
    for landed in warehouse.landed:
        decide(warehouse.session, landed.history)
    runs = max(load.run_seq for item in warehouse.landed for load in item.history.loads)
    for run_seq in range(1, runs + 1):
        for landed in warehouse.landed:
            for load in landed.history.loads:
                if load.run_seq == run_seq:
                    land_load(warehouse.session, landed, load)
            land_labels(warehouse.session, landed, run_seq)
        warehouse.build()
        assert warehouse.differences() == []


def test_a_rebuild_makes_the_same_ledger_and_marts(warehouse: Warehouse) -> None:
    before = warehouse.ledger()
    warehouse.build(rebuild=True)
    assert warehouse.ledger() == before
    assert warehouse.differences() == []


def test_a_run_without_news_changes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.ledger()
    warehouse.build()
    assert warehouse.ledger() == before


def test_known_exports_again_add_no_entry(warehouse: Warehouse) -> None:
    """The newest state of everything, delivered once more in other bytes."""
    before = warehouse.ledger()
    for landed in warehouse.landed:
        deliver_newest_again(warehouse.session, landed)
    warehouse.build()
    after = warehouse.ledger()
    assert [len(rows) for rows in after] == [len(rows) for rows in before]
    assert warehouse.differences() == []


@pytest.mark.soak
def test_what_is_ahead_of_the_clock_waits_and_is_taken_up_when_due(
    warehouse: Warehouse,
) -> None:
    """The clock is set back, which makes totals anew, and then goes on without any news."""
    for days in (-90, -7, 0, 60):
        as_of = AS_OF + timedelta(days=days)
        warehouse.build(as_of)
        assert warehouse.differences(as_of) == []
    found = read_marts(warehouse.session)
    warehouse.build(as_of, rebuild=True)
    assert read_marts(warehouse.session) == found
    warehouse.build()
    assert warehouse.differences() == []


def test_a_changed_mapping_corrects_what_is_stored(warehouse: Warehouse) -> None:
    """An analyst maps an unknown word: no rebuild, and the same as a rebuild."""
    session = warehouse.session
    session.execute(
        "insert into seeds.interaction_type_mappings values ('*', 'boop', '*', 'reaction')"
    )
    warehouse.build()
    counted = session.execute("select sum(reaction_count) from core.follower_totals").fetchone()
    found = read_marts(session)
    warehouse.build(rebuild=True)
    assert read_marts(session) == found
    assert counted is not None and counted[0] > 0
    unmapped = session.execute(
        "select 1 from marts.unmapped_interaction_types where native_type = 'boop'"
    ).fetchone()
    assert unmapped is None


def test_a_changed_time_zone_moves_days(warehouse: Warehouse) -> None:
    session = warehouse.session
    session.execute("update seeds.workspaces set time_zone = 'Pacific/Auckland'")
    warehouse.build()
    found = read_marts(session)
    warehouse.build(rebuild=True)
    assert read_marts(session) == found
