"""Purges at any point of random histories keep every number and remove single interactions."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from landed_history import deliver_newest_again
from psycopg import sql
from purged_warehouse import ALL, SOME, Warehouse
from random_histories import AS_OF

from warehouse import runs
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.purge import purge


@pytest.fixture(scope="module", params=[SOME, pytest.param(ALL, marks=pytest.mark.soak)])
def warehouse(
    request: pytest.FixtureRequest, target: Target, session: psycopg.Connection
) -> Warehouse:
    """The histories' warehouse before anything has landed."""
    return Warehouse(target, session, request.param)


def test_nothing_is_purged_before_a_whole_run(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    with pytest.raises(WarehouseError, match="use `warehouse run`"):
        purge(session)


def test_purges_between_runs_change_no_number(warehouse: Warehouse) -> None:
    """Late, repeated, edited deliveries follow, of what is purged and of what is not."""
    taken = 0
    for run_seq in range(1, warehouse.runs + 1):
        warehouse.as_of = AS_OF + timedelta(days=20 * (run_seq - 1))
        warehouse.land(run_seq)
        warehouse.build()
        assert warehouse.differences() == []
        before = warehouse.numbers()
        counted = warehouse.purge(is_dry=True)
        assert warehouse.numbers() == before
        assert warehouse.purge() == counted
        assert warehouse.numbers() == before
        assert warehouse.differences() == []
        assert warehouse.wrong_hours() == []
        taken += sum(item.interaction_count for item in counted)
        assert len(warehouse.purged()) == taken
        assert all(item.interaction_count == 0 for item in warehouse.purge(is_dry=True))
    assert taken > 2 * len(warehouse.landed)


def test_nothing_of_them_is_left_but_their_keys(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    gone = list(warehouse.purged())
    for statement in (
        "select 1 from core.interaction_ledger where interaction_id = any(%s)",
        "select 1 from core.delivery_conflicts where interaction_id = any(%s)",
        "select 1 from marts.user_interaction where interaction_id = any(%s)",
        "select 1 from raw.interactions where"
        " md5(concat_ws(chr(31), workspace_id, platform, native_id))::uuid = any(%s)",
    ):
        assert session.execute(statement, (gone,)).fetchone() is None


def test_a_rebuild_adds_up_to_the_same(warehouse: Warehouse) -> None:
    before = warehouse.numbers()
    conflicts = "select * from marts.conflicting_deliveries order by load_id, line_no"
    contradicted = warehouse.session.execute(conflicts).fetchall()
    warehouse.build(rebuild=True)
    assert warehouse.numbers() == before
    assert warehouse.differences() == []
    assert warehouse.session.execute(conflicts).fetchall() == contradicted != []


def test_known_exports_again_are_passed_over_and_purged_again(warehouse: Warehouse) -> None:
    before = warehouse.numbers()
    gone = warehouse.purged()
    for landed in warehouse.landed:
        known = len(landed.deliveries)
        deliver_newest_again(warehouse.session, landed)
        warehouse.pass_over(landed, known, gone)
    warehouse.build()
    assert warehouse.numbers() == before
    counted = warehouse.purge()
    assert sum(item.interaction_count for item in counted) == 0
    assert sum(item.delivered_count for item in counted) == len(gone)


def test_the_projects_own_checks_pass(warehouse: Warehouse) -> None:
    left_out = ("--exclude-resource-types", "unit_test")
    warehouse.builds.invoke(warehouse.as_of, "test", *left_out, rebuild=True)


@pytest.mark.soak
def test_a_changed_mapping_corrects_archives_too(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    session.execute(
        "insert into seeds.interaction_type_mappings values ('*', 'boop', '*', 'share')"
    )
    before = warehouse.numbers()
    warehouse.build()
    found = warehouse.numbers()
    assert found != before
    archived = session.execute(
        "select sum(gross_sign) from core.interaction_ledger"
        " where native_type = 'boop' and interaction_type = 'share' and archive_id is not null"
    ).fetchone()
    assert archived is not None and archived[0] > 0
    warehouse.build(rebuild=True)
    assert warehouse.numbers() == found


@pytest.mark.soak
def test_a_build_of_the_past_forgets_them_too(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    warehouse.builds.invoke(warehouse.as_of, "seed", schema_prefix="then_")
    session.execute("delete from then_seeds.interaction_type_mappings")
    session.execute(
        "insert into then_seeds.interaction_type_mappings table seeds.interaction_type_mappings"
    )
    warehouse.build(schema_prefix="then_")
    warehouse.as_of += timedelta(days=15)
    warehouse.build()
    assert sum(item.interaction_count for item in warehouse.purge()) > 0
    gone = list(warehouse.purged())
    left = "select 1 from then_core.interaction_ledger where interaction_id = any(%s)"
    assert session.execute(left, (gone,)).fetchone() is None
    warehouse.build(schema_prefix="then_")
    totals = "select md5(string_agg(ttl::text, ' ' order by follower_id)) from {} as ttl"
    found = [
        session.execute(
            sql.SQL(totals).format(sql.Identifier(schema, "follower_totals"))
        ).fetchone()
        for schema in ("core", "then_core")
    ]
    assert found[0] is not None
    assert found[0] == found[1]


@pytest.mark.soak
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
        warehouse.build(schema_prefix="then_", known_at=known_at.isoformat())
        expected = session.execute(
            "select count(*) from raw.archived_interactions where last_received_at <= %s",
            (known_at,),
        ).fetchone()
        assert session.execute(posted).fetchone() == expected


def test_a_purge_that_dies_has_not_happened(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    warehouse.as_of += timedelta(days=15)
    warehouse.build()
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
    with pytest.raises(WarehouseError, match=f"{platform} .*from seeds/retention.csv"):
        purge(session)
    session.execute("delete from seeds.retention where platform = %s", (platform,))


def test_a_half_run_comes_first(warehouse: Warehouse, session: psycopg.Connection) -> None:
    session.execute("update seeds.retention set retention_days = 90")
    session.execute("select raw.begin_run('broken off')")
    with pytest.raises(WarehouseError, match="The last run did not finish"):
        purge(session)
    session.execute(
        "update raw.runs set is_successful = true where invocation_id = 'broken off'"
    )
    with pytest.raises(WarehouseError, match="has not used the last run"):
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
    warehouse.build()
    rejected = {item.platform: item.rejected_count for item in warehouse.purge()}
    assert rejected["tiktok"] == 2
    assert (
        session.execute("select 1 from raw.rejects where load_id = %s", load).fetchone() is None
    )


@pytest.mark.soak
def test_identity_evidence_goes_with_its_own_age(
    warehouse: Warehouse, session: psycopg.Connection
) -> None:
    """As old as it says, else as its load; other platforms keep theirs."""
    old, new = (warehouse.as_of - timedelta(days=days) for days in (91, 89))
    loads = [
        session.execute(
            "insert into raw.loads (workspace_id, platform, format, source_name,"
            " content_sha256, n_in, n_landed, n_rejected, received_at, run_seq)"
            " values ('w', 'tiktok', 'x', 'x', %s, 1, 1, 0, %s, 1) returning load_id",
            (name, received_at),
        ).fetchone()
        for name, received_at in ((b"old", old), (b"new", new))
    ]
    assert all(loads)
    (late,), (recent,) = (load for load in loads if load is not None)
    told = [  # load, platform, what it says of its time, whether it stays
        (late, "tiktok", None, False),
        (late, "tiktok", new, True),
        (recent, "tiktok", old, False),
        (recent, "tiktok", None, True),
        (late, "discord", old, True),
    ]
    session.cursor().executemany(
        "insert into raw.identity_evidence (load_id, line_no, workspace_id, platform,"
        " actor_id, other_actor_id, native_type, observed_at)"
        " values (%s, %s, 'w', %s, 'a', 'b', '$identify', %s)",
        [
            (load_id, number, platform, at)
            for number, (load_id, platform, at, _) in enumerate(told)
        ],
    )
    warehouse.build()
    counted = {item.platform: item.evidence_count for item in warehouse.purge(is_dry=True)}
    assert counted["tiktok"] == 2
    before = warehouse.numbers()
    assert {item.platform: item.evidence_count for item in warehouse.purge()} == counted
    assert warehouse.numbers() == before
    left = session.execute("select line_no from raw.identity_evidence order by 1").fetchall()
    assert left == [(number,) for number, (*_, stays) in enumerate(told) if stays]
