"""Purges at any point of random histories: every number stays, single interactions go."""

from __future__ import annotations

import uuid
from datetime import timedelta

import psycopg
import pytest
from histories import AS_OF, PLATFORMS, UNKNOWN_PLATFORM, history
from oracle import key
from psycopg import sql
from psycopg.rows import dict_row
from worlds import (
    Landed,
    Marts,
    configure,
    decide,
    deliver_newest_again,
    differences,
    land_load,
    project_seeds,
    read_marts,
)

from warehouse import runs
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.purge import Purged, purge
from warehouse.transform import Dbt, variables

HISTORIES = [history(seed) for seed in range(24)]
COMMUNITIES = ("discord",)  # have no retention
RUNS = max(load.run_seq for item in HISTORIES for load in item.loads)
MODELS = ["--exclude-resource-types", "test", "unit_test", "seed"]
SINGLE = (
    "follower_interactions",
    "follower_activity_timeline",
    "interaction_history",
    "sentiment_labels",
    "user_interaction",
)
# the six newest interactions of a quiet account may lie in archives, of no order among them
TREND = ("sentiment_trend", "labelled_count", "is_insufficient", "sentiment_points")
NOT_COMPARED = {
    "participant_context": ("last_interactions", "participant_score"),
    "participant_profiles": (*TREND, "participant_score"),
    "engagement_alerts": ("negative_trend",),
}


class Warehouse:
    """A database in which all histories happen and every platform that may has a retention."""

    def __init__(self, target: Target, session: psycopg.Connection) -> None:
        self.session = session
        self.target = target
        self.dbt = Dbt(target)
        self.landed = [Landed(item) for item in HISTORIES]
        self.as_of = AS_OF
        self.build(["seed"])
        configure(session, HISTORIES)
        session.execute("delete from seeds.retention")
        session.cursor().executemany(
            "insert into seeds.retention values (%s, 90)",
            [
                (platform,)
                for platform in (*PLATFORMS, UNKNOWN_PLATFORM)
                if platform not in COMMUNITIES
            ],
        )
        for landed in self.landed:
            decide(session, landed.history)

    def build(self, command: list[str], **settings: object) -> None:
        """Run dbt; every node must succeed."""
        given = variables({"as_of": self.as_of.isoformat(), **settings})
        result = self.dbt.invoke([*command, *given])
        assert result.success, result

    def land(self, run_seq: int) -> None:
        """Land what a run takes up; what is purged is passed over."""
        gone = self.purged()
        for landed in self.landed:
            known = len(landed.deliveries)
            for load in landed.history.loads:
                if load.run_seq == run_seq:
                    land_load(self.session, landed, load)
            self.pass_over(landed, known, gone)

    def pass_over(self, landed: Landed, known: int, gone: set[uuid.UUID]) -> None:
        """Of the deliveries after the first `known`, only those of what is not purged count."""
        landed.deliveries[known:] = [
            delivery
            for delivery in landed.deliveries[known:]
            if delivery.record["record"] != "interaction"
            or interaction_id(landed, delivery.record) not in gone
        ]

    def purged(self) -> set[uuid.UUID]:
        """The interactions that purges have taken away."""
        return {key for (key,) in self.session.execute("table raw.purged_interactions")}

    def purge(self, *, is_dry: bool = False) -> list[Purged]:
        """Purge as of what the marts show."""
        purged, as_of = purge(self.session, is_dry=is_dry)
        assert as_of == self.as_of
        return purged

    def numbers(self) -> dict[str, object]:
        """Every mart that is not of single interactions."""
        found: dict[str, object] = {
            mart: {workspace: compared(mart, rows) for workspace, rows in per.items()}
            for mart, per in read_marts(self.session).items()
            if mart not in SINGLE
        }
        with self.session.cursor(row_factory=dict_row) as cursor:
            found["unmapped"] = cursor.execute(
                "select * from marts.unmapped_interaction_types as unm order by unm::text"
            ).fetchall()
        return found

    def differences(self) -> list[str]:
        """Where the marts differ from those of a warehouse that has purged nothing.

        Of single interactions those that have been purged must not be there.
        """
        found = read_marts(self.session)
        gone = self.purged()
        lines = differences(found, self.landed, project_seeds(), self.as_of)
        missing = [line for line in lines if line.split()[1] in SINGLE]
        assert len(missing) == len({line for line in missing if line.endswith(": missing")})
        assert {line.split("'")[1] for line in missing} <= {str(key) for key in gone}
        shown = {row["interaction_id"] for rows in single(found) for row in rows}
        assert not shown & gone
        return [line for line in lines if line not in missing and is_compared(line)]


def compared(mart: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows without what depends on the order of single interactions."""
    left_out = NOT_COMPARED.get(mart, ())
    return [
        {column: value for column, value in row.items() if column not in left_out}
        for row in rows
        if row.get("alert_kind") not in left_out
    ]


def is_compared(line: str) -> bool:
    """Whether a difference is in what is compared."""
    left_out = NOT_COMPARED.get(line.split()[1], ())
    return not any(f" {name}:" in line or f"'{name}'" in line for name in left_out)


def single(found: Marts) -> list[list[dict[str, object]]]:
    """The rows of single interactions, per mart and workspace."""
    return [rows for mart in SINGLE for rows in found[mart].values()]


def interaction_id(landed: Landed, record: object) -> uuid.UUID:
    """The key of a delivered interaction."""
    assert isinstance(record, dict)
    return key(landed.history.workspace.workspace_id, record["platform"], record["id"])


@pytest.fixture(scope="module")
def warehouse(target: Target, session: psycopg.Connection) -> Warehouse:
    """The histories' warehouse before anything has landed."""
    return Warehouse(target, session)


def test_nothing_is_purged_before_a_whole_run(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    with pytest.raises(WarehouseError, match="run` first"):
        purge(session)


def test_purges_between_runs_change_no_number(warehouse: Warehouse) -> None:
    """Late, repeated, edited deliveries follow, of what is purged and of what is not."""
    taken = 0
    for run_seq in range(1, RUNS + 1):
        warehouse.as_of = AS_OF + timedelta(days=20 * (run_seq - 1))
        warehouse.land(run_seq)
        warehouse.build(["build", *MODELS])
        assert warehouse.differences() == []
        before = warehouse.numbers()
        counted = warehouse.purge(is_dry=True)
        assert warehouse.numbers() == before
        assert warehouse.purge() == counted
        assert warehouse.numbers() == before
        assert warehouse.differences() == []
        taken += sum(item.interaction_count for item in counted)
        assert len(warehouse.purged()) == taken
        assert all(item.interaction_count == 0 for item in warehouse.purge(is_dry=True))
    assert taken > 60


def test_nothing_of_them_is_left_but_their_keys(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    gone = list(warehouse.purged())
    for statement in (
        "select 1 from core.interaction_ledger where interaction_id = any(%s)",
        "select 1 from marts.user_interaction where interaction_id = any(%s)",
        "select 1 from raw.interactions where"
        " md5(concat_ws(chr(31), workspace_id, platform, native_id))::uuid = any(%s)",
    ):
        assert session.execute(statement, (gone,)).fetchone() is None


def test_a_rebuild_adds_up_to_the_same(warehouse: Warehouse) -> None:
    before = warehouse.numbers()
    warehouse.build(["build", *MODELS], rebuild=True)
    assert warehouse.numbers() == before
    assert warehouse.differences() == []


def test_known_exports_again_are_passed_over_and_purged_again(warehouse: Warehouse) -> None:
    before = warehouse.numbers()
    gone = warehouse.purged()
    for landed in warehouse.landed:
        known = len(landed.deliveries)
        deliver_newest_again(warehouse.session, landed)
        warehouse.pass_over(landed, known, gone)
    warehouse.build(["build", *MODELS])
    assert warehouse.numbers() == before
    counted = warehouse.purge()
    assert sum(item.interaction_count for item in counted) == 0
    assert sum(item.delivered_count for item in counted) == len(gone)


def test_the_projects_own_checks_pass(warehouse: Warehouse) -> None:
    warehouse.build(["test", "--exclude-resource-types", "unit_test"], rebuild=True)


def test_a_changed_mapping_corrects_archives_too(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    session.execute(
        "insert into seeds.interaction_type_mappings values ('*', 'boop', '*', 'share')"
    )
    before = warehouse.numbers()
    warehouse.build(["build", *MODELS])
    found = warehouse.numbers()
    assert found != before
    archived = session.execute(
        "select sum(gross_sign) from core.interaction_ledger"
        " where native_type = 'boop' and interaction_type = 'share' and archive_id is not null"
    ).fetchone()
    assert archived is not None and archived[0] > 0
    warehouse.build(["build", *MODELS], rebuild=True)
    assert warehouse.numbers() == found


def test_a_build_of_the_past_forgets_them_too(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    warehouse.build(["seed"], schema_prefix="then_")
    session.execute("delete from then_seeds.interaction_type_mappings")
    session.execute(
        "insert into then_seeds.interaction_type_mappings table seeds.interaction_type_mappings"
    )
    warehouse.build(["build", *MODELS], schema_prefix="then_")
    warehouse.as_of += timedelta(days=15)
    warehouse.build(["build", *MODELS])
    assert sum(item.interaction_count for item in warehouse.purge()) > 0
    gone = list(warehouse.purged())
    left = "select 1 from then_core.interaction_ledger where interaction_id = any(%s)"
    assert session.execute(left, (gone,)).fetchone() is None
    warehouse.build(["build", *MODELS], schema_prefix="then_")
    totals = "select md5(string_agg(ttl::text, ' ' order by follower_id)) from {} as ttl"
    found = [
        session.execute(
            sql.SQL(totals).format(sql.Identifier(schema, "follower_totals"))
        ).fetchone()
        for schema in ("core", "then_core")
    ]
    assert found[0] is not None
    assert found[0] == found[1]


def test_a_build_of_what_was_known_takes_archives_received_by_then(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    rows = session.execute(
        "select min(last_received_at), max(last_received_at) from raw.archived_interactions"
    ).fetchone()
    assert rows is not None and rows[0] < rows[1]
    archives = "select count(distinct archive_id) from {}"
    posted = sql.SQL(archives).format(sql.Identifier("then_core", "interaction_ledger"))
    for known_at in (rows[0] - timedelta(seconds=1), rows[0], rows[1]):
        warehouse.build(
            ["build", *MODELS], schema_prefix="then_", known_at=known_at.isoformat()
        )
        expected = session.execute(
            "select count(*) from raw.archived_interactions where last_received_at <= %s",
            (known_at,),
        ).fetchone()
        assert session.execute(posted).fetchone() == expected


def test_a_purge_that_dies_has_not_happened(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    warehouse.as_of += timedelta(days=15)
    warehouse.build(["build", *MODELS])
    before = warehouse.numbers()
    gone = warehouse.purged()
    expected = warehouse.purge(is_dry=True)
    session.execute(
        "create function raw.die() returns trigger language plpgsql as"
        " $$ begin raise exception 'killed'; end $$"
    )
    session.execute(
        "create trigger die before delete on raw.interactions execute function raw.die()"
    )
    with pytest.raises(psycopg.errors.RaiseException, match="killed"):
        warehouse.purge()
    session.execute("drop function raw.die() cascade")
    assert warehouse.purged() == gone
    assert warehouse.numbers() == before
    assert warehouse.purge() == expected
    assert warehouse.numbers() == before


def test_only_one_at_a_time(
    warehouse: Warehouse, target: Target, session: psycopg.Connection
) -> None:
    assert warehouse
    with (
        target.connect(autocommit=True) as other,
        runs.run_lock(other),
        pytest.raises(WarehouseError, match="Another run is active"),
    ):
        purge(session)


def test_a_retention_within_a_window_is_refused(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    assert warehouse
    session.execute("update seeds.retention set retention_days = 89 where platform = 'tiktok'")
    with pytest.raises(WarehouseError, match="tiktok keeps 89 days, but scores look back 90"):
        purge(session)


@pytest.mark.parametrize("platform", ["discord", "linear"])
def test_a_platform_of_which_marts_need_every_interaction_is_refused(
    warehouse: Warehouse, session: psycopg.Connection, platform: str
) -> None:
    assert warehouse
    session.execute("insert into seeds.retention values (%s, 365)", (platform,))
    with pytest.raises(WarehouseError, match=f"{platform} .*out of seeds/retention.csv"):
        purge(session)
    session.execute("delete from seeds.retention where platform = %s", (platform,))


def test_a_half_run_comes_first(warehouse: Warehouse, session: psycopg.Connection) -> None:
    session.execute("update seeds.retention set retention_days = 90")
    session.execute("select raw.begin_run('broken off')")
    with pytest.raises(WarehouseError, match="The last run was not whole"):
        purge(session)
    session.execute(
        "update raw.runs set is_successful = true where invocation_id = 'broken off'"
    )
    with pytest.raises(WarehouseError, match="has not consumed the last run"):
        purge(session)


def test_rejects_go_with_the_age_of_their_load(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    load = session.execute(
        "insert into raw.loads (workspace_id, platform, format, source_name, content_sha256,"
        " n_in, n_rejected, received_at, run_seq) values ('w', 'tiktok', 'x', 'x', '', 2, 2,"
        " %s, 1) returning load_id",
        (warehouse.as_of - timedelta(days=91),),
    ).fetchone()
    assert load is not None
    session.execute(
        "insert into raw.rejects (load_id, line_no, byte_offset, byte_count, is_cut, raw,"
        " reason, detail) select %s, no, 0, 1, false, 'x', 'invalid_json', 'x'"
        " from generate_series(1, 2) as no",
        load,
    )
    warehouse.build(["build", *MODELS])
    rejected = {item.platform: item.rejected_count for item in warehouse.purge()}
    assert rejected["tiktok"] == 2
    assert (
        session.execute("select 1 from raw.rejects where load_id = %s", load).fetchone() is None
    )
